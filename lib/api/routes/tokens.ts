/** API tokens. The text of one is in the answer that makes it, and nowhere else. */
import * as z from 'zod';
import { tokenViewSchema } from '../../model/records/access.ts';
import { createTokenSchema, revokeTokenSchema } from '../../model/requests/access.ts';
import { pageSchema } from '../../model/requests/page.ts';
import { revokeToken } from '../../operations/access/tokens/revoke-token.ts';
import { createToken, listTokens, showToken } from '../../operations/access/tokens/tokens.ts';
import { always } from '../fresh-proof.ts';
import { named } from '../openapi/schema-names.ts';
import { pageOf } from '../page.ts';
import { route } from '../route.ts';
import { idParams } from './backups.ts';

const madeTokenSchema = named(
  'MadeToken',
  tokenViewSchema.extend({
    /** Send it as `Authorization: Bearer`. Shown this once. */
    token: z.string(),
  }),
);

export const tokenRoutes = [
  route({
    method: 'POST',
    path: '/v1/tokens',
    operationId: 'createToken',
    freshProof: always('the token outlives the session'),
    needs: 'token.write',
    summary: 'Create a token with no more rights than the caller has. Its text is shown only this once.',
    refuses: ['conflict', 'storage_full'],
    body: createTokenSchema,
    answers: { status: 201, location: true, schema: madeTokenSchema },
    handle: async ({ host, principal, body }) => {
      const { view, text } = await createToken(host, principal, body);
      return {
        status: 201,
        headers: { location: `/v1/tokens/${view.id}` },
        body: { ...view, token: text },
      };
    },
  }),
  route({
    method: 'GET',
    path: '/v1/tokens',
    operationId: 'listTokens',
    needs: 'token.read',
    summary: 'List tokens, the newest first; never their texts.',
    query: pageSchema,
    answers: { status: 200, schema: pageOf('TokenPage', tokenViewSchema) },
    handle: async ({ host, principal, query }) => ({
      status: 200,
      body: await listTokens(host, principal, query),
    }),
  }),
  route({
    method: 'GET',
    path: '/v1/tokens/{id}',
    operationId: 'getToken',
    needs: 'token.read',
    summary: 'Get a token: what it may do, until when, and when it was last used.',
    params: idParams,
    answers: { status: 200, schema: tokenViewSchema },
    handle: async ({ host, principal, params }) => ({
      status: 200,
      body: await showToken(host, principal, params.id),
    }),
  }),
  route({
    method: 'DELETE',
    path: '/v1/tokens/{id}',
    operationId: 'revokeToken',
    freshProof: always('programs that use it lose access'),
    needs: 'token.write',
    summary:
      'Revoke a token: it is no longer accepted. Tokens that were created with it stay, unless the request includes them.',
    refuses: ['storage_full'],
    params: idParams,
    body: revokeTokenSchema,
    answers: { status: 204 },
    handle: async ({ host, principal, params, body }) => {
      await revokeToken(host, principal, params.id, body);
      return { status: 204 };
    },
  }),
];
