/**
 * What the API asks for before it acts, and a person answers on the page: a proof of who they are, or the backup token.
 * The page then sends the request again with the answer, and the code that made the request does not notice.
 */
import type { Problem } from '../../client/problem.ts';

/** The headers to send the request again with; undefined: the person declined. */
type Answered = Readonly<Record<string, string>> | undefined;
export type Ask = (problem: Problem) => Promise<Answered>;

export type Interruption = 'reauthentication_required' | 'backup_token_refused';

let asked: Ask | undefined;
let underWay: Promise<Answered> | undefined;

/** Sets who asks the person: the frame, which has the dialogs. Without a frame nobody is asked. */
export const whenInterrupted = (ask: Ask | undefined): void => {
  asked = ask;
};

const isInterruption = (code: string): code is Interruption =>
  code === 'reauthentication_required' || code === 'backup_token_refused';

/** The backup token that a person typed a moment ago. Further requests of the same click are sent with it, too. */
let recent: { readonly headers: Answered; readonly until: number } | undefined;
const RECENT_MILLISECONDS = 30_000;
const TOKEN_HEADER = 'holdfast-backup-token';

/** The backup token of a moment ago, for a request that needs one in any case. */
export const recentBackupToken = (): Answered =>
  recent !== undefined && recent.until > Date.now() ? recent.headers : undefined;

/** Asks the person, once for all requests that are waiting at the same time. */
export const answerTo = (problem: Problem): Promise<Answered> => {
  if (asked === undefined || !isInterruption(problem.code)) return Promise.resolve(undefined);
  underWay ??= asked(problem)
    .then((headers) => {
      if (headers?.[TOKEN_HEADER] !== undefined)
        recent = { headers, until: Date.now() + RECENT_MILLISECONDS };
      return headers;
    })
    .finally(() => {
      underWay = undefined;
    });
  return underWay;
};
