/**
 * Every error a user can meet, in one table: its code, the HTTP status, the CLI's exit code, and whether the same
 * request may succeed later. Retry and Catch in ASL match on the class names `HoldfastError` and `RetryableError`.
 */
import { ArchiveError, type ArchiveErrorCode } from '../archive/errors.ts';
import { visible } from './text/visible-text.ts';

export const exitCodes = {
  done: 0,
  failed: 1,
  usage: 2,
  partial: 3,
  notFound: 4,
  refused: 5,
  /** In the plan of a dry run. */
  planRefused: 6,
  /** When two backups are asked for. */
  differ: 7,
  locked: 11,
  wrongKey: 12,
} as const;

interface ErrorRow {
  status: number;
  exitCode: number;
  retry: boolean;
}
const row = (status: number, exitCode: number, retry = false): ErrorRow => ({ status, exitCode, retry });

const ownErrors = {
  // errors of the request
  invalid_request: row(400, exitCodes.usage),
  unsupported_media_type: row(415, exitCodes.usage),
  body_too_large: row(413, exitCodes.usage),
  range_not_satisfiable: row(416, exitCodes.usage),
  method_not_allowed: row(405, exitCodes.usage),
  unauthorized: row(401, exitCodes.refused),
  forbidden: row(403, exitCodes.refused),
  too_many_attempts: row(429, exitCodes.refused, true),
  reauthentication_required: row(403, exitCodes.refused),
  backup_token_refused: row(403, exitCodes.refused),
  approval_required: row(403, exitCodes.refused),
  approval_stale: row(409, exitCodes.refused),
  daily_limit: row(429, exitCodes.refused, true),
  not_found: row(404, exitCodes.notFound),
  // errors of the present state
  operation_running: row(409, exitCodes.locked, true),
  idempotency_conflict: row(409, exitCodes.failed),
  conflict: row(409, exitCodes.failed),
  file_exists: row(409, exitCodes.failed),
  file_too_large: row(422, exitCodes.failed),
  not_ready: row(409, exitCodes.failed),
  key_in_use: row(409, exitCodes.failed),
  backup_held: row(409, exitCodes.refused),
  incompatible_version: row(409, exitCodes.failed),
  restore_refused: row(409, exitCodes.failed),
  in_place_unconfirmed: row(409, exitCodes.refused),
  in_place_disabled: row(403, exitCodes.refused),
  archive_mismatch: row(409, exitCodes.failed),
  backups_disabled: row(403, exitCodes.refused),
  restores_disabled: row(403, exitCodes.refused),
  place_not_allowed: row(400, exitCodes.usage),
  place_unwritable: row(422, exitCodes.failed),
  // errors of the work
  component_unavailable: row(422, exitCodes.failed),
  component_failed: row(500, exitCodes.failed),
  tool_missing: row(422, exitCodes.failed),
  storage_full: row(507, exitCodes.failed),
  interrupted: row(500, exitCodes.failed),
  cancelled: row(409, exitCodes.failed),
  fence_lost: row(409, exitCodes.failed),
  unavailable: row(503, exitCodes.failed, true),
  internal: row(500, exitCodes.failed),
  // errors of the configuration
  config_invalid: row(500, exitCodes.usage),
} satisfies Record<string, ErrorRow>;

const archiveErrors: Record<ArchiveErrorCode, ErrorRow> = {
  archive_not_recognised: row(422, exitCodes.failed),
  archive_format_unsupported: row(422, exitCodes.failed),
  archive_cut: row(422, exitCodes.failed),
  archive_damaged: row(422, exitCodes.failed),
  archive_signature_invalid: row(422, exitCodes.failed),
  archive_signer_unknown: row(403, exitCodes.refused),
  archive_bomb: row(422, exitCodes.failed),
  archive_entry_refused: row(422, exitCodes.failed),
  age_malformed: row(422, exitCodes.failed),
  wrong_key: row(403, exitCodes.wrongKey),
  wrong_passphrase: row(403, exitCodes.wrongKey),
  passphrase_too_costly: row(422, exitCodes.failed),
  not_in_archive: row(404, exitCodes.notFound),
  key_file_not_recognised: row(422, exitCodes.failed),
  key_file_format_unsupported: row(422, exitCodes.failed),
  key_file_cut: row(422, exitCodes.failed),
  key_file_damaged: row(422, exitCodes.failed),
};

export const errorTable = { ...ownErrors, ...archiveErrors };
export type ErrorCode = keyof typeof errorTable;
export const isErrorCode = (code: string): code is ErrorCode => Object.hasOwn(errorTable, code);

/**
 * Holdfast's only error class. Its message is a sentence for the user, one line of visible text whatever names it
 * quotes; `details` goes into the problem document.
 */
export class HoldfastError extends Error {
  /** The name that Retry and Catch in the state machines match; set as text, because bundlers rename classes. */
  override readonly name: 'HoldfastError' | 'RetryableError';
  readonly code: ErrorCode;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(
    code: ErrorCode,
    message: string,
    { details = {}, cause }: { details?: Record<string, unknown>; cause?: unknown } = {},
  ) {
    super(visible(message), cause === undefined ? undefined : { cause });
    this.code = code;
    this.name = code === 'unavailable' ? 'RetryableError' : 'HoldfastError';
    this.details = details;
  }
}

const UNFORESEEN = 'something failed inside Holdfast; its log has the details';

/** Whether the error is unforeseen: then only its own message and stack say anything. */
export const isUnforeseen = (thrown: unknown): boolean => toHoldfastError(thrown).message === UNFORESEEN;

/**
 * Any thrown value as a HoldfastError. Other errors become `internal`, and their own message is kept as the cause only.
 */
export const toHoldfastError = (thrown: unknown): HoldfastError => {
  if (thrown instanceof HoldfastError) return thrown;
  if (thrown instanceof ArchiveError)
    return new HoldfastError(thrown.code, thrown.message, { cause: thrown });
  if (isSystemError(thrown, 'ENOSPC') || isSystemError(thrown, 'EDQUOT'))
    return new HoldfastError(
      'storage_full',
      `the disk is full: ${thrown.message}; free some space and start again`,
      { cause: thrown },
    );
  if (isForWantOfDescriptors(thrown))
    return new HoldfastError(
      'unavailable',
      'too many files are open: this process may not open any more; raise its limit (ulimit -n, or LimitNOFILE= of the service) and try again',
      { cause: thrown },
    );
  return new HoldfastError('internal', UNFORESEEN, { cause: thrown });
};

/** Also thrown when a thread could not be started for it. */
const isForWantOfDescriptors = (thrown: unknown): boolean =>
  thrown instanceof Error &&
  (isSystemError(thrown, 'EMFILE') ||
    isSystemError(thrown, 'ENFILE') ||
    (isSystemError(thrown, 'ERR_WORKER_INIT_FAILED') && thrown.message.includes('EMFILE')) ||
    isForWantOfDescriptors(thrown.cause));

/** True for an error of the operating system with this code, such as ENOENT. */
export const isSystemError = (thrown: unknown, code: string): thrown is NodeJS.ErrnoException =>
  thrown instanceof Error && 'code' in thrown && thrown.code === code;

/** Whether the state machines' Retry matches the error: the same work may succeed later. */
export const isRetryable = (thrown: unknown): boolean => toHoldfastError(thrown).name === 'RetryableError';

/** Whether a commit found a record in another state than it expected, because another commit came between. */
export const isConflict = (thrown: unknown): boolean =>
  thrown instanceof HoldfastError && thrown.code === 'conflict';

/** The code that a record keeps beside `shortError`. */
export const errorCodeOf = (thrown: unknown): ErrorCode => toHoldfastError(thrown).code;

/**
 * The line that a record keeps as `shortError`: our own messages unchanged. An unforeseen error keeps its own message,
 * since administrators read records; HTTP answers of status 5xx never carry it.
 */
export const shortErrorOf = (thrown: unknown): string => {
  const error = toHoldfastError(thrown);
  const text =
    isUnforeseen(error) && error.cause instanceof Error
      ? visible(`${error.cause.name}: ${error.cause.message}`)
      : error.message;
  return text.length > 500 ? `${text.slice(0, 499)}…` : text;
};
