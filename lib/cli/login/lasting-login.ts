/** Keeps a login at an issuer valid as long as the issuer renews it. */
import { Failure } from '../failure.ts';
import type { Given } from './issuer-login.ts';
import { type Login, type Renewal, readLogin, writeLogin } from './login-file.ts';

/** A token that expires within this time is renewed before it is sent. */
const EARLY_MILLISECONDS = 30_000;

const isGood = ({ expiresAt }: Renewal): boolean => Date.parse(expiresAt) - Date.now() > EARLY_MILLISECONDS;

/**
 * @returns a function that returns the token to send, renewed when the old one expires; undefined for a login without
 * renewal
 */
export const lastingToken = (
  environment: NodeJS.ProcessEnv,
  login: Login,
): (() => Promise<string>) | undefined => {
  if (login.renewal === undefined) return undefined;
  let { token, renewal } = login;
  let running: Promise<void> | undefined;
  const renew = async (): Promise<void> => {
    const { renewedBy } = await import('./issuer-login.ts');
    let given: Given;
    try {
      given = await renewedBy(renewal, renewal.refreshToken);
    } catch (thrown) {
      // Another command may have renewed it at the same moment: issuers accept a refresh token only once.
      const other = await readLogin(environment);
      if (other?.url !== login.url || other.renewal === undefined || !isGood(other.renewal)) throw thrown;
      ({ token, renewal } = { token: other.token, renewal: other.renewal });
      return;
    }
    token = given.token;
    renewal = { ...renewal, expiresAt: given.expiresAt, refreshToken: given.refreshToken };
    await writeLogin(environment, { url: login.url, token, renewal });
  };
  return async () => {
    if (isGood(renewal)) return token;
    if (renewal.refreshToken === '') throw ranOut(login.url, renewal);
    running ??= renew().finally(() => {
      running = undefined;
    });
    await running;
    return token;
  };
};

const ranOut = (url: string, { expiresAt, issuerId }: Renewal): Failure =>
  new Failure(
    'unauthorized',
    `the login at ${url} expired at ${expiresAt}, and the issuer does not renew it`,
    {
      hint: `Log in again: holdfast login ${url} --issuer ${issuerId}`,
    },
  );
