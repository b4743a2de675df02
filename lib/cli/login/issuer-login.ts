/**
 * Logs in at an issuer: with a code that the user enters in a browser (RFC 8628), and again when a token has expired.
 */
import { decodeJwt } from 'jose';
import * as oidc from 'openid-client';
import { isLoopbackUrl, isSafeIssuerUrl } from '../../model/config/oidc-settings.ts';
import { timeLimit } from '../../model/time-limit.ts';
import { Failure } from '../failure.ts';

/** A client of an issuer, as an installation names it. */
export interface DeviceClient {
  readonly issuer: string;
  readonly clientId: string;
  /** The audience of the access token; empty when the installation takes the ID token. */
  readonly audience: string;
}

/** The tokens that an issuer gave. */
export interface Given {
  readonly token: string;
  readonly expiresAt: string;
  /** Empty when there is none. */
  readonly refreshToken: string;
}

const ANSWER_MILLISECONDS = 30_000;

const clientOf = async ({ issuer, clientId }: DeviceClient): Promise<oidc.Configuration> => {
  if (!isSafeIssuerUrl(issuer))
    throw new Failure('unreachable', `the issuer ${issuer} cannot be used: its address is not an https URL`, {
      hint: 'The administrator corrects access.oidc of the configuration; a token works: holdfast login URL --token-file FILE',
    });
  const url = new URL(issuer);
  return oidc.discovery(url, clientId, undefined, oidc.None(), {
    [oidc.customFetch]: (address, { body, ...options }) =>
      fetch(address, {
        ...options,
        ...(body != null && { body: String(body) }),
        redirect: 'manual',
        signal: timeLimit(ANSWER_MILLISECONDS),
      }),
    ...(isLoopbackUrl(url) && { execute: [oidc.allowInsecureRequests] }),
  });
};

/** The audience of the token, for issuers that must be told. */
const forAudience = ({ audience }: DeviceClient): Record<string, string> =>
  audience === '' ? {} : { resource: audience };

/**
 * @param ask tells the user which code to enter, and where
 * @throws Failure `refused`-like ones in the issuer's words; `unreachable`
 */
export const loginByCode = async (
  device: DeviceClient & { readonly scopes: readonly string[] },
  ask: (address: string, code: string) => void,
): Promise<Given> => {
  try {
    const client = await clientOf(device);
    const supported = client.serverMetadata().scopes_supported ?? [];
    // The scope with which a login lasts longer than its first token.
    const lasting = supported.includes('offline_access') ? ['offline_access'] : [];
    const begun = await oidc.initiateDeviceAuthorization(client, {
      scope: [...new Set([...device.scopes, ...lasting])].join(' '),
      ...forAudience(device),
    });
    ask(begun.verification_uri, begun.user_code);
    return givenBy(device, await oidc.pollDeviceAuthorizationGrant(client, begun, forAudience(device)));
  } catch (thrown) {
    throw failureOf(device, thrown);
  }
};

/** @throws Failure `unauthorized` when the issuer gives no other token */
export const renewedBy = async (device: DeviceClient, refreshToken: string): Promise<Given> => {
  try {
    const client = await clientOf(device);
    const answer = await oidc.refreshTokenGrant(client, refreshToken, forAudience(device));
    const given = givenBy(device, answer);
    return { ...given, refreshToken: given.refreshToken || refreshToken };
  } catch (thrown) {
    throw failureOf(device, thrown);
  }
};

const givenBy = (
  { issuer, audience }: DeviceClient,
  {
    id_token: idToken,
    access_token: accessToken,
    refresh_token: refreshToken = '',
  }: oidc.TokenEndpointResponse,
): Given => {
  const token = audience === '' ? idToken : accessToken;
  const expires = token === undefined || token.split('.').length !== 3 ? undefined : decodeJwt(token).exp;
  if (token === undefined || expires === undefined)
    throw new Failure('unauthorized', `${issuer} gave no token that names you and its end`, {
      hint: 'Ask the administrator to check access.oidc in the configuration of the installation: audience, scopes.',
    });
  return { token, expiresAt: new Date(expires * 1000).toISOString(), refreshToken };
};

/** The issuer's own reason for giving no token. */
const words: Readonly<Record<string, string>> = {
  access_denied: 'the sign-in was refused in the browser',
  expired_token: 'nobody entered the code in time',
  invalid_grant: 'the login has expired, or was ended at the issuer',
};

const failureOf = ({ issuer }: DeviceClient, thrown: unknown): Failure => {
  if (thrown instanceof Failure) return thrown;
  if (thrown instanceof oidc.ResponseBodyError)
    return new Failure('unauthorized', `${issuer} gave no token: ${words[thrown.error] ?? thrown.error}`, {
      hint: 'Log in again: holdfast login URL --issuer',
      cause: thrown,
    });
  const cause = thrown instanceof Error && thrown.cause instanceof Error ? thrown.cause : thrown;
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new Failure('unreachable', `the issuer ${issuer} does not answer as it should: ${reason}`, {
    hint: 'Try again in a while, or log in with a token: holdfast login URL --token-file FILE',
    cause: thrown,
  });
};
