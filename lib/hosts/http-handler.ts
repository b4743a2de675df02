/** Routes as a handler of API Gateway's HTTP API, payload format 2.0. */
import middy from '@middy/core';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { problemReply } from '../api/problem.ts';
import type { Reply, Route } from '../api/route.ts';
import { answer, type Request } from '../api/router.ts';
import { errorTable, toHoldfastError } from '../model/errors.ts';
import { type HostedContext, invocationOf } from './invocation.ts';

export const httpHandler = (routes: readonly Route[]) =>
  middy(
    async (
      event: APIGatewayProxyEventV2,
      context: HostedContext,
    ): Promise<APIGatewayProxyStructuredResultV2> => {
      const { host } = await invocationOf(context);
      try {
        return resultOf(await answer(host, routes, requestOf(event)));
      } catch (thrown) {
        const error = toHoldfastError(thrown);
        if (errorTable[error.code].status >= 500)
          host.log.error(`${event.requestContext.http.method} ${event.rawPath}: ${error.message}`, {
            thrown:
              error.cause instanceof Error ? (error.cause.stack ?? error.cause.message) : String(error.cause),
          });
        return resultOf(problemReply(error));
      }
    },
  );

const requestOf = (event: APIGatewayProxyEventV2): Request => ({
  method: event.requestContext.http.method,
  path: event.rawPath,
  query: Object.fromEntries(new URLSearchParams(event.rawQueryString)),
  headers: Object.fromEntries(
    Object.entries(event.headers).map(([name, value]) => [name.toLowerCase(), value]),
  ),
  body:
    event.body === undefined ? undefined : Buffer.from(event.body, event.isBase64Encoded ? 'base64' : 'utf8'),
});

const resultOf = ({ status, headers, body, text }: Reply): APIGatewayProxyStructuredResultV2 => ({
  statusCode: status,
  headers: {
    ...(status !== 204 && {
      'content-type': text === undefined ? 'application/json' : 'text/plain; charset=utf-8',
    }),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...headers,
  },
  ...(status !== 204 && { body: text ?? JSON.stringify(body) }),
});
