/**
 * How people of issuers sign in: on the page, by way of the issuer, or with a token of it. Anybody may call these
 * routes.
 */
import * as z from 'zod';
import {
  beginSignInSchema,
  completeSignInSchema,
  deviceClientSchema,
  issuerViewSchema,
} from '../../model/requests/oidc.ts';
import { asPrincipal, jwtOf, rememberPerson } from '../../operations/access/oidc/external-person.ts';
import {
  beginAtIssuer,
  beginSessionAt,
  listIssuers,
  proveAtIssuer,
} from '../../operations/access/oidc/page-sign-in.ts';
import { viewPerson } from '../../operations/access/people/people.ts';
import { requireOwnPage } from '../../operations/access/sessions/sessions.ts';
import { audited } from '../../operations/audit/act.ts';
import { addressOf, byNobody, refusalsNoted } from '../audited-request.ts';
import { named } from '../openapi/schema-names.ts';
import { openRoute } from '../route.ts';
import { answerOfBegun, isSecure, sessionViewSchema } from './sessions.ts';
import { userSchema } from './users.ts';

named('DeviceClient', deviceClientSchema);

const done = (status: number) => ({ outcome: 'done' as const, status, code: null });

/** Both paths are directly below `/v1`: a browser sends a cookie to the paths below the one that set it. */
export const issuerSignInRoutes = [
  openRoute({
    method: 'GET',
    path: '/v1/issuers',
    operationId: 'listIssuers',
    summary: 'List the OpenID Connect issuers at which people can sign in, as the configuration names them.',
    answers: {
      status: 200,
      schema: named('Issuers', z.object({ resources: z.array(named('Issuer', issuerViewSchema)) })),
    },
    answer: async (host) => ({ status: 200, body: { resources: listIssuers(host) } }),
  }),
  openRoute({
    method: 'POST',
    path: '/v1/issuer-sign-in',
    operationId: 'beginSignIn',
    summary: 'Start to sign in at an issuer: the answer has the address for the browser.',
    refuses: ['forbidden', 'not_found', 'storage_full'],
    body: named('BeginSignIn', beginSignInSchema),
    answers: { status: 200, cookie: true, schema: named('BegunSignIn', z.object({ url: z.string() })) },
    answer: async (host, { headers, body }) => {
      requireOwnPage(headers);
      const { url, cookie } = await beginAtIssuer(host, body, headers, isSecure(headers));
      return { status: 200, headers: { 'set-cookie': cookie }, body: { url } };
    },
  }),
  openRoute({
    method: 'POST',
    path: '/v1/issuer-session',
    operationId: 'completeSignIn',
    summary:
      'Exchange the answer of the issuer for the cookie of a session, in the browser that started the sign-in.',
    refuses: ['unauthorized', 'forbidden', 'conflict', 'too_many_attempts', 'storage_full'],
    body: named('CompleteSignIn', completeSignInSchema),
    answers: { status: 201, cookie: true, schema: sessionViewSchema },
    answer: async (host, { headers, origin, body }) => {
      requireOwnPage(headers);
      const jwt = await refusalsNoted(host, byNobody('completeSignIn', origin), () =>
        proveAtIssuer(host, body, headers, addressOf(origin)),
      );
      const proved = asPrincipal(jwt, []);
      const act = { principal: proved, origin, action: 'completeSignIn', subject: `users/${proved.id}` };
      return answerOfBegun(host, act, () => beginSessionAt(host, jwt, isSecure(headers)));
    },
  }),
  openRoute({
    method: 'POST',
    path: '/v1/sign-in/remember',
    operationId: 'rememberPerson',
    summary:
      'Store the person and the roles of the issuer’s token that is sent as Authorization: Bearer: what this person creates from then on acts with these roles.',
    refuses: ['unauthorized', 'forbidden', 'conflict', 'storage_full'],
    answers: { status: 200, schema: userSchema },
    answer: async (host, { headers, origin }) => {
      const jwt = await refusalsNoted(host, byNobody('rememberPerson', origin), () => jwtOf(host, headers));
      const principal = asPrincipal(jwt, []);
      const act = { principal, origin, action: 'rememberPerson', subject: `users/${principal.id}` };
      const record = await audited(
        host,
        act,
        () => rememberPerson(host, jwt),
        () => done(200),
      );
      return { status: 200, body: await viewPerson(host, record) };
    },
  }),
];
