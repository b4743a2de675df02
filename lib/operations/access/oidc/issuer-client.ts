/**
 * Holdfast as a client of an issuer, for the library that speaks the protocol. The library sends requests only by our
 * own function.
 */
import * as oidc from 'openid-client';
import { isLoopbackUrl } from '../../../model/config/oidc-settings.ts';
import type { Host } from '../../../ports/host.ts';
import type { Issuer } from './issuer.ts';

/** @throws `unavailable` when the issuer does not answer; what resolving the client's secret throws */
export const clientOf = async (
  { askIssuer, secrets }: Pick<Host, 'askIssuer' | 'secrets'>,
  issuer: Issuer,
): Promise<oidc.Configuration> => {
  const { clientId, clientSecret, clockSkewSeconds } = issuer.settings;
  const metadata = await issuer.metadata();
  const secret = clientSecret && (await secrets.resolve(clientSecret));
  const client = new oidc.Configuration(
    metadata as oidc.ServerMetadata,
    clientId,
    { [oidc.clockTolerance]: clockSkewSeconds },
    authenticationBy(secret, metadata.token_endpoint_auth_methods_supported),
  );
  client[oidc.customFetch] = (url, { method, headers, body }) =>
    askIssuer(url, {
      method: method === 'POST' ? 'POST' : 'GET',
      headers: { ...headers },
      ...(body != null && { body: String(body) }),
    });
  if (isLoopbackUrl(new URL(metadata.issuer))) oidc.allowInsecureRequests(client);
  return client;
};

/**
 * The client secret is sent in the way that the issuer accepts; a client without a secret proves itself by PKCE alone.
 */
const authenticationBy = (secret: string | undefined, supported: unknown): oidc.ClientAuth => {
  if (secret === undefined) return oidc.None();
  const isPosted = Array.isArray(supported) && !supported.includes('client_secret_basic');
  return isPosted ? oidc.ClientSecretPost(secret) : oidc.ClientSecretBasic(secret);
};
