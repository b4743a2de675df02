/** Signing in and out, and whose a session is. */
import type { SessionProof } from '../../model/requests/access.ts';
import type { IssuerView } from '../../model/requests/oidc.ts';
import type { Session } from '../answers.ts';
import { type Call, get, post, remove } from '../call.ts';

/** Begins a session with a token: it goes into a header of this one request, and is kept nowhere. */
export const begin = (token: string): Call<Session> =>
  post('/v1/sessions', undefined, { authorization: `Bearer ${token}` });
export const signIn = (name: string, password: string): Call<Session> =>
  post('/v1/sign-in', { name, password });
export const issuers = (): Call<{ readonly resources: readonly IssuerView[] }> => get('/v1/issuers');
/** Answers where the browser goes; `again`: to sign in there anew, whoever is signed in there. */
export const beginAtIssuer = (issuer: string, page: string, again = false): Call<{ readonly url: string }> =>
  post('/v1/issuer-sign-in', { issuer, page, again });
export const completeAtIssuer = (page: string, answer: string): Call<Session> =>
  post('/v1/issuer-session', { page, answer });
export const acceptInvitation = (invitation: string, password: string): Call<void> =>
  post('/v1/invitations', { invitation, password });
export const current = (): Call<Session> => get('/v1/sessions/current');
export const renew = (): Call<Session> => post('/v1/sessions/current');
/** Proves again whose the session is. */
export const prove = (proof: SessionProof): Call<Session> => post('/v1/sessions/current/proof', proof);
export const end = (): Call<void> => remove('/v1/sessions/current');
