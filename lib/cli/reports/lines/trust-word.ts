import type { ArchiveSeal } from '../../../model/records/seal.ts';

/** The value of `--trust`, as one word to copy: the verify key, a colon, the manifest's SHA-256. */
export const trustWord = ({ verifyKey, manifestSha256 }: ArchiveSeal): string =>
  `${verifyKey}:${manifestSha256}`;
