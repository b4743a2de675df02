/** Why an archive, or a part of it, was refused. `lib/model/errors.ts` gives each code its status and exit code. */
export const archiveErrorCodes = [
  /** Not a Holdfast archive: the first or last bytes are not what the format says. */
  'archive_not_recognised',
  /** Made by a newer format, or needs a feature this reader does not know. */
  'archive_format_unsupported',
  /** Shorter than it says. */
  'archive_cut',
  /** Bytes that do not match the signed manifest. */
  'archive_damaged',
  /** The signature does not match the manifest. */
  'archive_signature_invalid',
  /** Signed by an installation whose verify key is not trusted here. */
  'archive_signer_unknown',
  /** Larger when opened than the manifest declares. */
  'archive_bomb',
  /** An entry that would write outside the target, through a link, or twice; or a device node. */
  'archive_entry_refused',
  /** The age payload or header is malformed. */
  'age_malformed',
  /** None of the given keys opens this. */
  'wrong_key',
  'wrong_passphrase',
  /** The work factor of a passphrase is beyond what a reader will spend. */
  'passphrase_too_costly',
  'not_in_archive',
  /** Not a backup key file. */
  'key_file_not_recognised',
  /** The key file was made by a newer version of Holdfast. */
  'key_file_format_unsupported',
  'key_file_cut',
  'key_file_damaged',
] as const;
export type ArchiveErrorCode = (typeof archiveErrorCodes)[number];

export class ArchiveError extends Error {
  override readonly name = 'ArchiveError';
  readonly code: ArchiveErrorCode;

  constructor(code: ArchiveErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
