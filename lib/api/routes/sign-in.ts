/** How people sign in: with name and password, and first with an invitation. Anybody may call these routes. */
import { acceptInvitationSchema, signInSchema } from '../../model/requests/people.ts';
import { acceptInvitation } from '../../operations/access/passwords/set-password.ts';
import { requireOwnPage } from '../../operations/access/sessions/sessions.ts';
import { beginSignedIn, provePerson } from '../../operations/access/sessions/sign-in.ts';
import { recordAct } from '../../operations/audit/act.ts';
import { addressOf, byNobody, refusalsNoted } from '../audited-request.ts';
import { named } from '../openapi/schema-names.ts';
import { openRoute } from '../route.ts';
import { answerOfBegun, isSecure, sessionViewSchema } from './sessions.ts';

const made = (status: number) => ({ outcome: 'done' as const, status, code: null });

export const signInRoutes = [
  openRoute({
    method: 'POST',
    path: '/v1/sign-in',
    operationId: 'signIn',
    summary: 'Exchange name and password for the cookie of a session.',
    refuses: ['unauthorized', 'forbidden', 'conflict', 'too_many_attempts', 'storage_full'],
    body: named('SignIn', signInSchema),
    answers: { status: 201, cookie: true, schema: sessionViewSchema },
    answer: async (host, { headers, origin, body }) => {
      requireOwnPage(headers);
      const signedIn = await refusalsNoted(host, byNobody('signIn', origin), () =>
        provePerson(host, body, addressOf(origin)),
      );
      const { principal } = signedIn;
      const act = { principal, origin, action: 'signIn', subject: `users/${principal.id}` };
      return answerOfBegun(host, act, async () => ({
        ...(await beginSignedIn(host, signedIn, isSecure(headers))),
        principal,
      }));
    },
  }),
  openRoute({
    method: 'POST',
    path: '/v1/invitations',
    operationId: 'acceptInvitation',
    summary: 'Choose a password with an invitation, which can be used only once.',
    refuses: ['unauthorized', 'forbidden', 'conflict', 'storage_full'],
    body: named('AcceptInvitation', acceptInvitationSchema),
    answers: { status: 204 },
    answer: async (host, { headers, origin, body }) => {
      requireOwnPage(headers);
      const principal = await refusalsNoted(host, byNobody('acceptInvitation', origin), () =>
        acceptInvitation(host, body),
      );
      const act = { principal, origin, action: 'acceptInvitation', subject: `users/${principal.id}` };
      await recordAct(host, act, made(204));
      return { status: 204 };
    },
  }),
];
