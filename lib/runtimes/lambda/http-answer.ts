/** Replies and failures as every host sends them: with the same headers, and with our own faults written to the log. */
import { problemReply } from '../../api/problem.ts';
import type { Reply } from '../../api/route.ts';
import { errorTable, toHoldfastError } from '../../model/errors.ts';
import type { Logger } from '../../ports/logger.ts';

export interface HttpAnswer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly isBase64Encoded?: true;
}

/** Headers of every answer: it must not be cached, and its type must not be guessed. */
export const SAFE_HEADERS = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' } as const;

export const httpAnswer = ({ status, headers, body, text, bytes }: Reply): HttpAnswer => {
  const all = (type: string) => ({ 'content-type': type, ...SAFE_HEADERS, ...headers });
  if (status === 204 || status === 304)
    return { statusCode: status, headers: { ...SAFE_HEADERS, ...headers } };
  if (bytes !== undefined)
    return {
      statusCode: status,
      headers: all('application/octet-stream'),
      body: Buffer.from(bytes).toString('base64'),
      isBase64Encoded: true,
    };
  return {
    statusCode: status,
    headers: all(text === undefined ? 'application/json' : 'text/plain; charset=utf-8'),
    body: text ?? JSON.stringify(body),
  };
};

/** @param what The request, for the log. */
export const failureAnswer = (log: Logger, what: string, thrown: unknown): HttpAnswer => {
  const error = toHoldfastError(thrown);
  if (errorTable[error.code].status >= 500)
    log.error(`${what}: ${error.message}`, {
      thrown: error.cause instanceof Error ? (error.cause.stack ?? error.cause.message) : String(error.cause),
    });
  return httpAnswer(problemReply(error));
};
