/** Why a command ends with another exit code than 0: told to the user once, at the very end. */
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
  /** More lines under the message: the fields of a request that are wrong, say. */
  readonly lines?: readonly string[];
  /** What `--json` tells beside code and message. */
  readonly details?: Readonly<Record<string, unknown>>;
  /** Ends without a word: whom it would be told is gone. @default false */
  readonly quiet?: boolean;
  readonly cause?: unknown;
}

export class Failure extends Error {
  override readonly name = 'Failure';
  /** One of the error table where the server knows it, else `usage`, `unreachable` or the server's own newer word. */
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

/** The command line itself is wrong. */
export const usageFailure = (message: string, hint?: string): Failure =>
  new Failure('usage', message, { exitCode: exitCodes.usage, hint });

/** Any thrown value as a Failure. */
export const toFailure = (thrown: unknown): Failure => {
  if (thrown instanceof Failure) return thrown;
  const error = toHoldfastError(thrown);
  const details = thrown instanceof HoldfastError ? thrown.details : {};
  // All faults of a configuration are told at once; other messages are cut as records keep them.
  const message = error.code === 'config_invalid' ? error.message : shortErrorOf(thrown);
  return new Failure(error.code, message, { details, cause: thrown });
};
