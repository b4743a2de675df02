import middy from '@middy/core';
import type { APIGatewayRequestAuthorizerEventV2, APIGatewaySimpleAuthorizerResult } from 'aws-lambda';
import { type HostedContext, invocationOf } from '../lib/hosts/invocation.ts';
import { HoldfastError } from '../lib/model/errors.ts';
import { authenticate } from '../lib/operations/installation/tokens.ts';

/** Lets through whoever has a token: a stranger's request reaches no function that could do more than read tokens. */
export const handler = middy(
  async (
    event: APIGatewayRequestAuthorizerEventV2,
    context: HostedContext,
  ): Promise<APIGatewaySimpleAuthorizerResult> => {
    const { host } = await invocationOf(context);
    try {
      await authenticate(host, event.headers?.authorization);
      return { isAuthorized: true };
    } catch (thrown) {
      if (thrown instanceof HoldfastError && thrown.code === 'unauthorized') return { isAuthorized: false };
      throw thrown;
    }
  },
);
