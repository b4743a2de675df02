/**
 * A real OpenID provider in this process. It signs people in without asking, and lets a test forge its
 * tokens.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, importJWK, type JWK, type JWTPayload, SignJWT } from 'jose';
import Provider, { type Adapter, type AdapterPayload, type Configuration } from 'oidc-provider';

const SIGNED_IN = 'The device is signed in.';

/** The provider's claims about a person, besides `sub`. */
export type Account = Readonly<Record<string, unknown>>;

export const AUDIENCE = 'urn:holdfast:test';

const newKey = async (): Promise<JWK> => {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true });
  return { ...(await exportJWK(privateKey)), kid: crypto.randomUUID(), alg: 'RS256', use: 'sig' };
};

/** The provider's storage, only in this process. */
const keptIn =
  (kept: Map<string, AdapterPayload>) =>
  (model: string): Adapter => {
    const key = (id: string): string => `${model} ${id}`;
    const found = async (fits: (payload: AdapterPayload) => boolean): Promise<AdapterPayload | undefined> =>
      [...kept].find(([id, payload]) => id.startsWith(key('')) && fits(payload))?.[1];
    return {
      upsert: async (id, payload) => void kept.set(key(id), payload),
      find: async (id) => kept.get(key(id)),
      findByUserCode: (userCode) => found((one) => one.userCode === userCode),
      findByUid: (uid) => found((one) => one.uid === uid),
      destroy: async (id) => void kept.delete(key(id)),
      revokeByGrantId: async (grantId) => {
        for (const [id, payload] of kept) if (payload.grantId === grantId) kept.delete(id);
      },
      consume: async (id) => {
        const payload = kept.get(key(id));
        if (payload !== undefined) payload.consumed = Math.floor(Date.now() / 1000);
      },
    };
  };

export class OidcIssuer {
  /** The person who signs in. */
  user = 'ada';
  /** The lifetime of an ID token in seconds. */
  tokenSeconds = 300;
  readonly accounts = new Map<string, Account>();
  /** The paths that were requested. */
  readonly asked: string[] = [];
  readonly #kept = new Map<string, AdapterPayload>();
  readonly #redirectUris: readonly string[];
  readonly #server: Server;
  #answers: ((request: IncomingMessage, response: ServerResponse) => void) | undefined;
  #key: JWK = {};

  private constructor(redirectUris: readonly string[]) {
    this.#redirectUris = redirectUris;
    this.#server = createServer((request, response) => {
      this.asked.push(request.url ?? '');
      if (this.#answers === undefined) response.destroy();
      else this.#answers(request, response);
    });
  }

  /** @param redirectUris the addresses to which a sign-in may return */
  static async start({ redirectUris = ['http://127.0.0.1/console/'] } = {}): Promise<OidcIssuer> {
    const issuer = new OidcIssuer(redirectUris);
    issuer.#server.listen(0, '127.0.0.1');
    await once(issuer.#server, 'listening');
    await issuer.rotate();
    return issuer;
  }

  get url(): string {
    const { port } = this.#server.address() as AddressInfo;
    return `http://127.0.0.1:${port}`;
  }

  get key(): JWK {
    return this.#key;
  }

  /** Replaces the signing key. */
  async rotate(): Promise<void> {
    this.#key = await newKey();
    this.answer();
  }

  /** Moves everybody's sign-in this far into the past; browsers stay signed in. */
  letTimePass(seconds: number): void {
    for (const [id, payload] of this.#kept)
      if (id.startsWith('Session ') && typeof payload.loginTs === 'number') payload.loginTs -= seconds;
  }

  /** Stops answering until `answer` is called. */
  fallSilent(): void {
    this.#answers = undefined;
  }

  answer(): void {
    const provider = new Provider(this.url, this.#configuration());
    const callback = provider.callback();
    this.#answers = (request, response) => {
      if (request.url?.startsWith('/interaction/') === true)
        void signInWithoutAsking(provider, this.user, request, response).catch(() => response.destroy());
      else void callback(request, response);
    };
  }

  async close(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }

  /** Signs a token as the provider does, with any claims a test wants. */
  async sign(
    claims: JWTPayload,
    { header = {}, key = this.#key }: { header?: Record<string, unknown>; key?: JWK } = {},
  ): Promise<string> {
    const now = Math.floor(Date.now() / 1000);
    const all = { iss: this.url, aud: AUDIENCE, sub: 'ada', iat: now, exp: now + 300, ...claims };
    const given = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
    return new SignJWT(given)
      .setProtectedHeader({ alg: 'RS256', kid: this.#key.kid ?? '', ...header })
      .sign(await importJWK(key, String(header.alg ?? 'RS256')));
  }

  /** A token that the provider gives to a program. */
  async programToken(): Promise<string> {
    const response = await fetch(`${this.url}/token`, {
      method: 'POST',
      body: new URLSearchParams({
        ...{ grant_type: 'client_credentials', client_id: 'robot', client_secret: 'robot-secret' },
        ...{ scope: 'backups', resource: AUDIENCE },
      }),
    });
    const { access_token: token, ...rest } = (await response.json()) as Record<string, unknown>;
    if (typeof token !== 'string') throw new Error(`the provider gave no token: ${JSON.stringify(rest)}`);
    return token;
  }

  /** The code with which a device waits; undefined when none waits. */
  get waitingCode(): string | undefined {
    const codes = [...this.#kept].filter(([id]) => id.startsWith('DeviceCode '));
    return codes
      .map(([, { userCode, accountId }]) => (accountId === undefined ? userCode : undefined))
      .find(Boolean);
  }

  /** Enters the code and agrees, as a person does in a browser. */
  async enterCode(code: string): Promise<void> {
    const jar = new Map<string, string>();
    const ask = async (url: string, body?: URLSearchParams): Promise<string> => {
      const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
      const response = await fetch(url, {
        ...(body !== undefined && { method: 'POST', body }),
        redirect: 'manual',
        headers: { cookie },
      });
      for (const set of response.headers.getSetCookie()) {
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(set) ?? [];
        jar.set(name, value);
      }
      const location = response.headers.get('location');
      return location === null ? response.text() : ask(new URL(location, url).href);
    };
    const xsrfOf = (page: string): string => /name="xsrf" value="([^"]+)"/.exec(page)?.[1] ?? '';
    const form = await ask(`${this.url}/device`);
    const confirm = await ask(
      `${this.url}/device`,
      new URLSearchParams({ xsrf: xsrfOf(form), user_code: code }),
    );
    const agreed = { xsrf: xsrfOf(confirm), user_code: code, confirm: 'yes' };
    const done = await ask(`${this.url}/device`, new URLSearchParams(agreed));
    if (done !== SIGNED_IN) throw new Error(`the code was not taken: ${done.slice(0, 2000)}`);
  }

  #configuration(): Configuration {
    return {
      adapter: keptIn(this.#kept),
      jwks: { keys: [this.#key as never] },
      clients: [
        {
          client_id: 'holdfast',
          application_type: 'native',
          token_endpoint_auth_method: 'none',
          grant_types: [
            'authorization_code',
            'refresh_token',
            'urn:ietf:params:oauth:grant-type:device_code',
          ],
          redirect_uris: [...this.#redirectUris],
        },
        {
          client_id: 'robot',
          client_secret: 'robot-secret',
          grant_types: ['client_credentials'],
          response_types: [],
          redirect_uris: [],
        },
      ],
      claims: {
        openid: ['sub'],
        profile: ['preferred_username', 'groups'],
        email: ['email', 'email_verified'],
      },
      // The ID token itself contains the provider's claims.
      conformIdTokenClaims: false,
      findAccount: (_context, sub) => ({
        accountId: sub,
        claims: () => ({ ...this.accounts.get(sub), sub }),
      }),
      interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
      cookies: { keys: ['a key of this test alone'] },
      issueRefreshToken: () => true,
      ttl: {
        ...{ AccessToken: 300, ClientCredentials: 300, IdToken: this.tokenSeconds, AuthorizationCode: 60 },
        ...{ DeviceCode: 600, Grant: 3600, Interaction: 600, RefreshToken: 3600, Session: 3600 },
      },
      features: {
        devInteractions: { enabled: false },
        deviceFlow: {
          enabled: true,
          userCodeInputSource: (context, form) => {
            context.body = form;
          },
          userCodeConfirmSource: (context, form) => {
            context.body = form;
          },
          successSource: (context) => {
            context.body = SIGNED_IN;
          },
        },
        clientCredentials: { enabled: true },
        resourceIndicators: {
          enabled: true,
          defaultResource: () => [],
          getResourceServerInfo: () => ({
            scope: 'backups',
            audience: AUDIENCE,
            accessTokenFormat: 'jwt',
            jwt: { sign: { alg: 'RS256' } },
          }),
        },
      },
    };
  }
}

/** Answers the provider's questions for people: who they are, and whether they agree. */
const signInWithoutAsking = async (
  provider: Provider,
  user: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> => {
  const { prompt, params, session, grantId } = await provider.interactionDetails(request, response);
  if (prompt.name === 'login')
    return provider.interactionFinished(request, response, { login: { accountId: user } });
  const known = grantId === undefined ? undefined : await provider.Grant.find(grantId);
  const grant =
    known ??
    new provider.Grant({ accountId: session?.accountId ?? user, clientId: String(params.client_id) });
  grant.addOIDCScope('openid profile email offline_access');
  await provider.interactionFinished(
    request,
    response,
    { consent: { grantId: await grant.save() } },
    { mergeWithLastSubmission: true },
  );
};
