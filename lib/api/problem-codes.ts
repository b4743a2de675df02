/** When each code is answered: what the OpenAPI document says beside it. */
import type { ErrorCode } from '../model/errors.ts';

export const problemSentences: Readonly<Record<ErrorCode, string>> = {
  invalid_request: 'The request breaks a rule; `errors` names the fields where a schema found it.',
  unsupported_media_type: 'The body is not JSON in UTF-8, or it is compressed.',
  body_too_large: 'The body is larger than a request may be.',
  range_not_satisfiable: 'The archive ends before the first byte that was asked for.',
  method_not_allowed: 'The path does not support this method; the header Allow names those that it supports.',
  unauthorized: 'The request has no token, or one that this installation does not accept.',
  forbidden: 'The caller has no permission to do this.',
  too_many_attempts:
    'There were too many wrong passwords; Retry-After says when the next attempt is possible.',
  reauthentication_required:
    'A session of the page needs a fresh proof of identity: POST /v1/sessions/current/proof. A token never needs one.',
  backup_token_refused:
    'The backup token is missing, wrong or too new: `hoursLeft` and `usableFrom` say when it can be used.',
  approval_required:
    'Other people have to approve this first; `approval` names the stored request, if there is one already.',
  approval_stale: 'The approval is for another request, or has expired; `fields` names what differs.',
  daily_limit:
    'The caller has started as many backups as one day allows; `nextAt` says when the next is possible.',
  not_found: 'There is nothing with this id.',
  operation_running:
    'Another operation is running, and only one runs at a time; `operation` names it if it is known.',
  idempotency_conflict: 'A different request was sent with the same Idempotency-Key.',
  conflict: 'The request conflicts with something that exists.',
  file_exists: 'A file of that name already exists.',
  file_too_large:
    'The file is larger than an answer of this host may be; the command line reads it from the archive.',
  not_ready: 'The operation or the record is not ready for this yet.',
  key_in_use: 'Some backups open only with this key; `backups`, `total` and `digest` name them.',
  backup_held: 'Somebody holds the backup, or its storage locks it; `hold` or `lockedUntil` tells more.',
  incompatible_version: 'The archive was made by a version that this one cannot restore.',
  restore_refused: 'The restore would fail, or would change what it must not change; nothing was touched.',
  in_place_unconfirmed: 'The restore would overwrite live sources, and the request does not say `inPlace`.',
  in_place_disabled: 'The configuration allows no restore onto live sources.',
  archive_mismatch: 'The file is not the one that the record or the request describes.',
  restores_disabled: 'The configuration has switched restores off; a dry run is still possible.',
  backups_disabled: 'The configuration has switched backups off.',
  place_not_allowed: 'The configuration does not list this place for archives.',
  place_unwritable: 'The place of the archive cannot be written to.',
  component_unavailable: 'A component cannot be reached.',
  component_failed: 'A component failed while it was captured or restored.',
  tool_missing: 'A program that a component needs is not installed.',
  storage_full: 'There is not enough space left.',
  interrupted: 'The operation was interrupted.',
  cancelled: 'The operation was cancelled.',
  fence_lost: 'The operation no longer holds the lock: it has ended, or a newer one runs.',
  unavailable:
    'Something that the request needs does not answer at the moment; the same request may succeed later.',
  internal: 'Something failed inside Holdfast; its log has the details.',
  config_invalid: 'The configuration is not valid.',
  archive_not_recognised: 'The file is not an archive of Holdfast.',
  archive_format_unsupported: 'The archive was made by a newer version of Holdfast.',
  archive_cut: 'The archive is shorter than it says.',
  archive_damaged: 'The bytes of the archive differ from those that were signed.',
  archive_signature_invalid: 'The signature does not match the manifest of the archive.',
  archive_signer_unknown: 'The archive is signed by an installation whose verify key is not trusted here.',
  archive_bomb: 'The decompressed archive is larger than it declares.',
  archive_entry_refused:
    'An entry of the archive would be written outside its target, or has a form that no archive of Holdfast has.',
  age_malformed: 'The encryption of the file is malformed.',
  wrong_key: 'No key of this installation opens it.',
  wrong_passphrase: 'The passphrase or the password does not open it.',
  passphrase_too_costly: 'The work factor of the passphrase is higher than a reader accepts.',
  not_in_archive: 'The backup has nothing of this component.',
  key_file_not_recognised: 'The file is not a key file of Holdfast.',
  key_file_format_unsupported: 'The key file was made by a newer version of Holdfast.',
  key_file_cut: 'The key file is shorter than it should be.',
  key_file_damaged: 'The key file is damaged.',
};
