/** Routes as a handler of API Gateway's HTTP API, payload format 2.0. */
import middy from '@middy/core';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { problemReply } from '../../api/problem.ts';
import type { Route } from '../../api/route.ts';
import { answer, type Request } from '../../api/router.ts';
import { HoldfastError } from '../../model/errors.ts';
import { withOperations } from '../../operations/kinds.ts';
import { failureAnswer, type HttpAnswer, httpAnswer } from './http-answer.ts';
import { type HostedContext, invocationOf } from './invocation.ts';

/** @param elsewhere Routes of other functions, when this one gets the requests that fit no route. */
export const httpHandler = (routes: readonly Route[], elsewhere: readonly Route[] = []) =>
  middy(
    async (
      event: APIGatewayProxyEventV2,
      context: HostedContext,
    ): Promise<APIGatewayProxyStructuredResultV2> => {
      const host = withOperations((await invocationOf(context)).host);
      try {
        return forMethod(event, httpAnswer(await answer(host, routes, requestOf(event), elsewhere)));
      } catch (thrown) {
        const { method } = event.requestContext.http;
        return forMethod(event, failureAnswer(host.log, `${method} ${event.rawPath}`, thrown));
      }
    },
    { timeoutEarlyResponse: tookTooLong },
  );

/** HEAD is answered like GET, without the body. */
const forMethod = (
  event: APIGatewayProxyEventV2,
  { body, isBase64Encoded, ...head }: HttpAnswer,
): HttpAnswer => {
  if (event.requestContext.http.method === 'HEAD' || body === undefined) return head;
  return { ...head, body, ...(isBase64Encoded && { isBase64Encoded }) };
};

const tookTooLong = (): APIGatewayProxyStructuredResultV2 =>
  httpAnswer(
    problemReply(
      new HoldfastError(
        'unavailable',
        'this request took too long; what it started may still go on: look at GET /v1/status before you send it again',
      ),
    ),
  );

const requestOf = (event: APIGatewayProxyEventV2): Request => ({
  method: event.requestContext.http.method,
  path: event.rawPath,
  source: event.requestContext.http.sourceIp,
  query: [...new URLSearchParams(event.rawQueryString)],
  headers: {
    // API Gateway removes the cookies from the headers.
    ...(event.cookies !== undefined && { cookie: event.cookies.join('; ') }),
    ...Object.fromEntries(Object.entries(event.headers).map(([name, value]) => [name.toLowerCase(), value])),
  },
  body:
    event.body === undefined ? undefined : Buffer.from(event.body, event.isBase64Encoded ? 'base64' : 'utf8'),
});
