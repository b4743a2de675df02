import type { ArchiveSeal } from '../../../model/records/seal.ts';

/** What `--trust` takes, as one word to be copied: the verify key, a colon, the manifest's SHA-256. */
export const trustWord = ({ verifyKey, manifestSha256 }: ArchiveSeal): string =>
  `${verifyKey}:${manifestSha256}`;
