/**
 * What the API wants to know before it does something, and the page has a person say: whose the session is, or the backup
 * token. The request goes on with the answer; who asked for it hears nothing of that.
 */
import type { Problem } from '../../client/problem.ts';

/** Headers to send the request again with; undefined: the person would rather not. */
type Answered = Readonly<Record<string, string>> | undefined;
export type Ask = (problem: Problem) => Promise<Answered>;

export type Interruption = 'reauthentication_required' | 'backup_token_refused';

let asked: Ask | undefined;
let underWay: Promise<Answered> | undefined;

/** Called by the frame, which has the dialogs. Nobody is asked while there is no frame. */
export const whenInterrupted = (ask: Ask | undefined): void => {
  asked = ask;
};

const isInterruption = (code: string): code is Interruption =>
  code === 'reauthentication_required' || code === 'backup_token_refused';

/** A backup token that was typed a moment ago: what follows from the same click goes with it, too. */
let lent: { readonly headers: Answered; readonly until: number } | undefined;
const LENT_MILLISECONDS = 30_000;
const TOKEN_HEADER = 'holdfast-backup-token';

/** The backup token of a moment ago, for a request that surely wants it. */
export const lentBackupToken = (): Answered =>
  lent !== undefined && lent.until > Date.now() ? lent.headers : undefined;

/** Has a person asked, once for all requests that wait meanwhile. */
export const answerTo = (problem: Problem): Promise<Answered> => {
  if (asked === undefined || !isInterruption(problem.code)) return Promise.resolve(undefined);
  underWay ??= asked(problem)
    .then((headers) => {
      if (headers?.[TOKEN_HEADER] !== undefined) lent = { headers, until: Date.now() + LENT_MILLISECONDS };
      return headers;
    })
    .finally(() => {
      underWay = undefined;
    });
  return underWay;
};
