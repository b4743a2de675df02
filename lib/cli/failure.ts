/** Why a command ends with an exit code other than 0: shown to the user once, at the very end. */
import {
  errorTable,
  exitCodes,
  HoldfastError,
  isErrorCode,
  shortErrorOf,
  toHoldfastError,
} from '../model/errors.ts';

interface FailureOptions {
  readonly exitCode?: number;
  /** What to do next: a line of its own. */
  readonly hint?: string | undefined;
  /** More lines under the message, such as the wrong fields of a request. */
  readonly lines?: readonly string[];
  /** What `--json` shows beside code and message. */
  readonly details?: Readonly<Record<string, unknown>>;
  /** Whether the command ends without a message, because nobody reads it any more. @default false */
  readonly quiet?: boolean;
  readonly cause?: unknown;
}

export class Failure extends Error {
  override readonly name = 'Failure';
  /** A code of the error table, or `usage`, `unreachable`, or a code of a newer server. */
  readonly code: string;
  readonly exitCode: number;
  readonly hint: string | undefined;
  readonly lines: readonly string[];
  readonly details: Readonly<Record<string, unknown>>;
  readonly quiet: boolean;

  constructor(code: string, message: string, options: FailureOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.exitCode = options.exitCode ?? exitCodeOf(code);
    this.hint = options.hint;
    this.lines = options.lines ?? [];
    this.details = options.details ?? {};
    this.quiet = options.quiet ?? false;
  }
}

const exitCodeOf = (code: string): number =>
  isErrorCode(code) ? errorTable[code].exitCode : exitCodes.failed;

/** The failure when the command line itself is wrong. */
export const usageFailure = (message: string, hint?: string): Failure =>
  new Failure('usage', message, { exitCode: exitCodes.usage, hint });

/** Any thrown value as a Failure. */
export const toFailure = (thrown: unknown): Failure => {
  if (thrown instanceof Failure) return thrown;
  const error = toHoldfastError(thrown);
  const details = thrown instanceof HoldfastError ? thrown.details : {};
  // All faults of a configuration are shown at once; other messages are shortened as in records.
  const message = error.code === 'config_invalid' ? error.message : shortErrorOf(thrown);
  return new Failure(error.code, message, { details, cause: thrown });
};
