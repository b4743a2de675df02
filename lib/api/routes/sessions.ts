/**
 * Sessions of the page. A session may do what its token or its person may; a caller who sends a token itself gets the
 * same answer about the token.
 */
import * as z from 'zod';
import { allows, allPermissions, roleNames } from '../../model/access/permissions.ts';
import type { Principal } from '../../model/access/principal.ts';
import { instant } from '../../model/records/fields.ts';
import { sessionProofSchema } from '../../model/requests/access.ts';
import { PRODUCT_VERSION } from '../../model/version.ts';
import { proveSessionAtIssuer } from '../../operations/access/oidc/prove-again.ts';
import {
  beginSession,
  endSession,
  proveSession,
  renewSession,
  type SessionTimes,
  type StartedSession,
  sessionTimes,
} from '../../operations/access/sessions/sessions.ts';
import { type Act, audited } from '../../operations/audit/act.ts';
import type { Host } from '../../ports/host.ts';
import { addressOf } from '../audited-request.ts';
import { never } from '../fresh-proof.ts';
import { named } from '../openapi/schema-names.ts';
import { type Reply, route } from '../route.ts';

export const sessionViewSchema = named(
  'Session',
  z.object({
    installation: z.string(),
    version: z.string(),
    principal: named('SessionPrincipal', z.object({ id: z.string(), name: z.string(), kind: z.string() })),
    grants: z.array(
      named('SessionGrant', z.object({ role: z.enum(roleNames), domain: z.string().nullable() })),
    ),
    /** What the caller may do, at least somewhere. */
    permissions: z.array(z.string()),
    /** Null where a token asks, and no session. */
    expiresAt: instant.nullable(),
    /** Null where a token asks, and no session. */
    idleUntil: instant.nullable(),
    /** Until when the session may do what cannot be undone; later it must prove again whose it is. */
    provenUntil: instant.nullable(),
  }),
);

export const sessionView = (host: Host, { id, name, kind, grants }: Principal, times: SessionTimes) => ({
  installation: host.config.installation,
  version: PRODUCT_VERSION,
  principal: { id, name, kind },
  grants: grants.map(({ role, domain }) => ({ role, domain: domain ?? null })),
  permissions: allPermissions.filter((permission) => allows(grants, permission)),
  expiresAt: times.expiresAt,
  idleUntil: times.idleUntil,
  provenUntil: times.provenUntil,
});

/** Begins a session, writes that to the audit trail, and answers its cookie. */
export const answerOfBegun = async (
  host: Host,
  act: Act,
  begin: () => Promise<Omit<StartedSession, 'change'> & { readonly principal: Principal }>,
): Promise<Reply> => {
  const { cookie, principal, ...times } = await audited(host, act, begin, ({ id }) => ({
    ...{ outcome: 'done', status: 201, code: null },
    made: `sessions/${id}`,
  }));
  return { status: 201, headers: { 'set-cookie': cookie }, body: sessionView(host, principal, times) };
};

type Headers = Readonly<Record<string, string | undefined>>;
/** Whether a proxy, or API Gateway, says that the browser used https. */
export const isSecure = (headers: Headers): boolean =>
  (headers['x-forwarded-proto'] ?? '').split(',')[0]?.trim() === 'https';

export const sessionRoutes = [
  route({
    method: 'POST',
    path: '/v1/sessions',
    operationId: 'createSession',
    freshProof: never('the token is sent with the request'),
    needs: 'installation.read',
    summary: 'Exchange a token for the cookie of a session, as the page does at sign-in.',
    refuses: ['conflict', 'storage_full'],
    answers: { status: 201, cookie: true, schema: sessionViewSchema },
    handle: async ({ host, principal, headers }) => {
      const { cookie, ...times } = await beginSession(host, principal, headers, isSecure(headers));
      return { status: 201, headers: { 'set-cookie': cookie }, body: sessionView(host, principal, times) };
    },
  }),
  route({
    method: 'GET',
    path: '/v1/sessions/current',
    operationId: 'getSession',
    needs: 'installation.read',
    summary: 'Get who the caller is, and what the caller may do.',
    answers: { status: 200, schema: sessionViewSchema },
    handle: async ({ host, principal, headers }) => ({
      status: 200,
      body: sessionView(host, principal, await sessionTimes(host, headers)),
    }),
  }),
  route({
    method: 'POST',
    path: '/v1/sessions/current',
    operationId: 'renewSession',
    freshProof: never('it only says that somebody is active'),
    needs: 'installation.read',
    // Not in the audit trail: it changes nothing of interest, and comes once a minute.
    audited: false,
    summary: 'Report that the user is active: the idle time of the session starts again.',
    refuses: ['storage_full'],
    answers: { status: 200, schema: sessionViewSchema },
    handle: async ({ host, principal, headers }) => ({
      status: 200,
      body: sessionView(host, principal, await renewSession(host, headers)),
    }),
  }),
  route({
    method: 'POST',
    path: '/v1/sessions/current/proof',
    operationId: 'proveSession',
    freshProof: never('it is itself the proof'),
    needs: 'installation.read',
    summary:
      'Prove the identity behind the session again, by what it was started with: password, token, or a sign-in at the issuer.',
    refuses: ['too_many_attempts', 'conflict', 'storage_full'],
    body: named('SessionProof', sessionProofSchema),
    answers: { status: 200, schema: sessionViewSchema },
    handle: async ({ host, principal, headers, origin, body: { signIn, ...proof } }) => {
      const times =
        signIn === undefined
          ? await proveSession(host, principal, proof, headers)
          : await proveSessionAtIssuer(host, principal, signIn, headers, addressOf(origin));
      return { status: 200, body: sessionView(host, principal, times) };
    },
  }),
  route({
    method: 'DELETE',
    path: '/v1/sessions/current',
    operationId: 'deleteSession',
    freshProof: never('the user can sign in again'),
    needs: 'installation.read',
    summary: 'Sign out: the session is no longer accepted.',
    refuses: ['storage_full'],
    answers: { status: 204, cookie: true },
    handle: async ({ host, headers }) => ({
      status: 204,
      headers: { 'set-cookie': await endSession(host, headers, isSecure(headers)) },
    }),
  }),
];
