/** What a next step is chosen by: the code of a failure, and what is known of it. */
import type { ErrorCode } from '../../model/errors.ts';

/** Codes of the command line itself, beside those of the error table. */
export type OwnCode = 'usage' | 'unreachable' | 'disconnected' | 'failed' | 'reader_gone';
export type FailureCode = ErrorCode | OwnCode;

export interface Failed {
  readonly code: string;
  /** Of the server: the fields of its problem document, `status` among them. Of a run that failed: `id` and `state`. */
  readonly details: Readonly<Record<string, unknown>>;
  /** The path of the request that was refused. */
  readonly path: string | undefined;
  /** The command that failed, such as `holdfast backup create`. */
  readonly command: string;
}

export type NextStep = string | ((failed: Failed) => string);

/** Whether the server refused a request; otherwise the command line itself failed, or the run that it waited for. */
export const isOfServer = ({ details }: Failed): boolean => typeof details.status === 'number';

/** Whether an operation failed that the command line waited for, or was cancelled. */
export const isOfRun = ({ details }: Failed): boolean => typeof details.state === 'string' && 'id' in details;

export const textOf = ({ details }: Failed, name: string): string => {
  const value = details[name];
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
};

/** The resource that the request asked about, such as `backups`; empty without a request. */
export const resourceOf = ({ path = '' }: Failed): string => /^\/v1\/([^/?]+)/.exec(path)?.[1] ?? '';

/** The id in the path of the request, or the id of the run that failed; `ID` where neither is known. */
export const idOf = (failed: Failed): string => {
  const [, inPath] = /^\/v1\/[^/]+\/([^/?]+)/.exec(failed.path ?? '') ?? [];
  return inPath === undefined ? textOf(failed, 'id') || 'ID' : decoded(inPath);
};

const decoded = (part: string): string => {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
};
