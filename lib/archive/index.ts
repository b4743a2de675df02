/**
 * The archive: format 1 and its streams. `docs/archive-format.md` is the format in prose, byte by byte.
 *
 * Knows no host, no HTTP and no records; it imports nothing from the floors above.
 *
 * To write one: `generateArchiveKey`, `sealArchiveKey`; `makeHead`; the segments and contents members that the engine
 * gives, each framed by `frameMember`; `makeTail`, which signs. Joined in this order they are the archive.
 * To read one: a `ByteSource`, `openArchive`, which trusts no byte that is not signed by a key you trust;
 * `unsealArchiveKey`; then contents, segments, entries. `verifyArchive` reads all of it, `inspectArchive` needs no key.
 *
 * What is refused is an `ArchiveError`; its `code` says why.
 */
// biome-ignore-all assist/source/organizeImports: in the order of the story
export { ArchiveError, archiveErrorCodes, type ArchiveErrorCode } from './errors.ts';
export * from './format.ts';

// Keys and age
export {
  type AgeKeyPair,
  type DecryptWith,
  type EncryptTo,
  decryptBytes,
  encryptBytes,
  generateArchiveKey,
  generateBackupKey,
  recipientOf,
} from './age/age-header.ts';
export { requireArchiveKey, sealArchiveKey, unsealArchiveKey } from './keys/archive-key.ts';
export {
  generateSigningKey,
  isSignedBy,
  signBytes,
  verifyKeyOf,
  type SigningKeyPair,
} from './keys/signature.ts';

// Writing
export { makeHead, describeMember, type ArchiveHead } from './container/head.ts';
export type { RecoverComponent, RecoverFacts } from './container/recover.ts';
export { frameMember, framedBytes } from './container/outer-tar.ts';
export { makeTail, type ArchiveSigner, type ArchiveTail, type TailInput } from './container/tail.ts';

// Reading
export {
  bytesSource,
  fileHandleSource,
  openFileSource,
  requireWithin,
  type ByteSource,
} from './container/byte-source.ts';
export { openArchive, type OpenedArchive, type Trust } from './container/open.ts';
export type { PlacedMember } from './container/archive-layout.ts';
export { inspectArchive, type Inspection } from './container/inspect.ts';
export {
  verifyArchive,
  type Verification,
  type VerifyOptions,
  type VerifyProgress,
} from './verify/verify.ts';
export {
  iterateContents,
  readContentsPage,
  type ContentsPage,
  type ContentsQuery,
  type ListedEntry,
} from './container/contents.ts';
