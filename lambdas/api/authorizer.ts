import middy from '@middy/core';
import type { APIGatewayRequestAuthorizerEventV2, APIGatewaySimpleAuthorizerResult } from 'aws-lambda';
import { originOf, refusalsNoted } from '../../lib/api/audited-request.ts';
import { HoldfastError } from '../../lib/model/errors.ts';
import { authenticate } from '../../lib/operations/access/authenticate.ts';
import { type HostedContext, invocationOf } from '../../lib/runtimes/lambda/invocation.ts';

/**
 * Admits callers with a token, so that a stranger's request reaches no function that could do more than read tokens.
 */
export const handler = middy(
  async (
    event: APIGatewayRequestAuthorizerEventV2,
    context: HostedContext,
  ): Promise<APIGatewaySimpleAuthorizerResult> => {
    const { host } = await invocationOf(context);
    const origin = originOf({ headers: event.headers ?? {}, source: event.requestContext.http.sourceIp });
    try {
      await refusalsNoted(host, { principal: undefined, origin, action: 'authenticate' }, () =>
        authenticate(host, {
          ...event.headers,
          cookie: event.headers?.cookie ?? event.cookies?.join('; '),
          method: event.requestContext.http.method,
        }),
      );
      return { isAuthorized: true };
    } catch (thrown) {
      if (thrown instanceof HoldfastError && thrown.code === 'unauthorized') return { isAuthorized: false };
      // The issuer of the token cannot be asked. The next function asks once more, and can say why it refuses.
      if (thrown instanceof HoldfastError && thrown.details.issuer !== undefined)
        return { isAuthorized: true };
      throw thrown;
    }
  },
);
