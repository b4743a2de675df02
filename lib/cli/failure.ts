/** Why a command ends with an exit code other than 0: shown to the user once, at the very end. */
import {
  type ErrorCode,
  errorTable,
  exitCodes,
  HoldfastError,
  isErrorCode,
  shortErrorOf,
  toHoldfastError,
} from '../model/errors.ts';
import type { FailureCode } from './next-steps/failed.ts';

interface FailureOptions {
  readonly exitCode?: number;
  /** What to do next, in a sentence. @default what lib/cli/next-steps says of the code */
  readonly hint?: string | undefined;
  /** Where all of it is told: a sentence behind what to do next. */
  readonly more?: string | undefined;
  /** The path of the request that was refused. */
  readonly path?: string | undefined;
  /** More lines under the message, such as the wrong fields of a request. */
  readonly lines?: readonly string[];
  /** What `--json` shows beside code and message. */
  readonly details?: Readonly<Record<string, unknown>>;
  /** Whether the command ends without a message, because nobody reads it any more. @default false */
  readonly quiet?: boolean;
  readonly cause?: unknown;
}

declare const newer: unique symbol;
/** A code of a newer server, which this version does not know. */
export type NewerCode = string & { readonly [newer]: true };

/** A code that a server says. */
export const serverCode = (code: string): ErrorCode | NewerCode =>
  isErrorCode(code) ? code : (code as NewerCode);

export class Failure extends Error {
  override readonly name = 'Failure';
  readonly code: FailureCode | NewerCode;
  readonly exitCode: number;
  readonly hint: string | undefined;
  readonly more: string | undefined;
  readonly path: string | undefined;
  readonly lines: readonly string[];
  readonly details: Readonly<Record<string, unknown>>;
  readonly quiet: boolean;

  constructor(code: FailureCode | NewerCode, message: string, options: FailureOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.exitCode = options.exitCode ?? exitCodeOf(code);
    this.hint = options.hint;
    this.more = options.more;
    this.path = options.path;
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

const IF_THAT_FAILS = 'If that does not help, report it as a fault of Holdfast.';

/** Any thrown value as a Failure. */
export const toFailure = (thrown: unknown): Failure => {
  if (thrown instanceof Failure) return thrown;
  const error = toHoldfastError(thrown);
  const details = thrown instanceof HoldfastError ? thrown.details : {};
  // All faults of a configuration are shown at once; other messages are shortened as in records.
  const message = error.code === 'config_invalid' ? error.message : shortErrorOf(thrown);
  // A message of ours for such an error says itself what to do first.
  const hint = error.code === 'internal' && thrown instanceof HoldfastError ? IF_THAT_FAILS : undefined;
  return new Failure(error.code, message, { details, hint, cause: thrown });
};
