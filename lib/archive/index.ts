/**
 * The archive: format 1 and its streams. `docs/archive-format.md` is the format in prose, byte by byte.
 *
 * Knows no host, no HTTP and no records; it imports nothing from the floors above.
 *
 * To write one: `generateArchiveKey`, `sealArchiveKey`; a `SequentialWriter`, which is given the segments and contents
 * members as the engine makes them, and signs at the end. Where several processes write one archive, each makes its parts
 * by an `ArchiveWriter`; joined in their order they are the archive.
 * To read one: a `ByteSource`, `openArchive`, which trusts no byte that is not signed by a key you trust;
 * `unsealArchiveKey`; then contents, segments, entries. `verifyArchive` reads all of it, `inspectArchive` needs no key.
 *
 * What is refused is an `ArchiveError`; its `code` says why.
 */
// biome-ignore-all assist/source/organizeImports: in the order of the story
export { ArchiveError, archiveErrorCodes, type ArchiveErrorCode } from './errors.ts';
export * from './format.ts';
export * from './member-names.ts';

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
export { ArchiveWriter, SequentialWriter, type ReadyMember } from './writer/archive-writer.ts';
export type { ArchiveHead } from './writer/head.ts';
export type { RecoverComponent, RecoverFacts } from './writer/recover.ts';
export type { ArchiveSigner, ArchiveTail, TailInput } from './writer/tail.ts';

// Reading
export {
  bytesSource,
  fileHandleSource,
  openFileSource,
  requireWithin,
  type ByteSource,
} from './reader/byte-source.ts';
export { openArchive, type OpenedArchive, type Trust } from './reader/open.ts';
export type { PlacedMember } from './layout/archive-layout.ts';
export { inspectArchive, type Inspection } from './reader/inspect.ts';
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
} from './reader/contents-pages.ts';
