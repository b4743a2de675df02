/** Replies and failures as every host sends them: with the same headers, and what is our own fault written to the log. */
import { problemReply } from '../../api/problem.ts';
import type { Reply } from '../../api/route.ts';
import { errorTable, toHoldfastError } from '../../model/errors.ts';
import type { Logger } from '../../ports/logger.ts';

export interface HttpAnswer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** On every answer: nobody keeps it, and nobody takes it for another type than it says. */
export const SAFE_HEADERS = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' } as const;

export const httpAnswer = ({ status, headers, body, text }: Reply): HttpAnswer => ({
  statusCode: status,
  headers: {
    ...(status !== 204 && {
      'content-type': text === undefined ? 'application/json' : 'text/plain; charset=utf-8',
    }),
    ...SAFE_HEADERS,
    ...headers,
  },
  ...(status !== 204 && { body: text ?? JSON.stringify(body) }),
});

/** @param what The request, for the log. */
export const failureAnswer = (log: Logger, what: string, thrown: unknown): HttpAnswer => {
  const error = toHoldfastError(thrown);
  if (errorTable[error.code].status >= 500)
    log.error(`${what}: ${error.message}`, {
      thrown: error.cause instanceof Error ? (error.cause.stack ?? error.cause.message) : String(error.cause),
    });
  return httpAnswer(problemReply(error));
};
