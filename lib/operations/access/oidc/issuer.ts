/**
 * An issuer of tokens: what it says of itself, and its keys. Both are kept for a while, and fetched again as issuers
 * expect.
 */
import { createRemoteJWKSet, customFetch, type JWTVerifyGetKey } from 'jose';
import * as z from 'zod';
import { type IssuerSettings, isSafeIssuerUrl, issuerName } from '../../../model/config/oidc-settings.ts';
import { HoldfastError, shortErrorOf } from '../../../model/errors.ts';
import type { Host } from '../../../ports/host.ts';

/** How soon after the keys were last fetched they may be fetched again for a key that is not among them. */
const KEYS_ASKED_EVERY_MILLISECONDS = 5_000;
/** The longest time that a key is still accepted after the issuer has withdrawn it. */
const KEYS_KEPT_MILLISECONDS = 10 * 60_000;
const METADATA_KEPT_MILLISECONDS = 60 * 60_000;
/** The pause before an issuer that did not answer is asked again: without it, every request would wait for it. */
const SILENT_MILLISECONDS = 2_000;

const endpoint = z.string().max(2000).refine(isSafeIssuerUrl);

/**
 * The fields of `/.well-known/openid-configuration` that are read here; the rest is kept unchanged for the library that
 * signs people in.
 */
const metadataSchema = z.looseObject({
  issuer: z.string(),
  jwks_uri: endpoint,
  authorization_endpoint: endpoint.optional(),
  token_endpoint: endpoint.optional(),
});
export type IssuerMetadata = z.infer<typeof metadataSchema>;

type IssuerHost = Pick<Host, 'askIssuer' | 'config' | 'log'>;

export class Issuer {
  readonly settings: IssuerSettings;
  readonly #host: IssuerHost;
  #metadata: { readonly read: Promise<IssuerMetadata>; readonly until: number } | undefined;
  #keys: { readonly at: string; readonly find: JWTVerifyGetKey } | undefined;
  #silentUntil = 0;

  constructor(settings: IssuerSettings, host: IssuerHost) {
    this.settings = settings;
    this.#host = host;
  }

  /** What the issuer says of itself. @throws `unavailable` */
  async metadata(): Promise<IssuerMetadata> {
    const now = performance.now();
    if (this.#metadata === undefined || this.#metadata.until < now) {
      const read = this.#readMetadata();
      this.#metadata = { read, until: now + METADATA_KEPT_MILLISECONDS };
      read.catch(() => {
        this.#metadata = undefined;
      });
    }
    try {
      return await this.#metadata.read;
    } catch (thrown) {
      throw this.unavailable(thrown);
    }
  }

  /** Finds the key that a token was signed with. @throws `unavailable`, and errors of `jose` for a key that is not there */
  async keys(): Promise<JWTVerifyGetKey> {
    const { jwks_uri: at } = await this.metadata();
    if (this.#keys?.at !== at) {
      const find = createRemoteJWKSet(new URL(at), {
        cooldownDuration: KEYS_ASKED_EVERY_MILLISECONDS,
        cacheMaxAge: KEYS_KEPT_MILLISECONDS,
        [customFetch]: (url) => this.#get(url),
      });
      this.#keys = { at, find };
    }
    return this.#keys.find;
  }

  /** The refusal of everything that needs the issuer's word; why is for the log. */
  unavailable(cause: unknown): HoldfastError {
    const { settings } = this;
    this.#host.log.warn('an issuer of tokens does not answer as it should', {
      issuer: settings.id,
      reason: shortErrorOf(cause),
    });
    return new HoldfastError(
      'unavailable',
      `${issuerName(settings)}, which vouches for this token, does not answer as it should; try again in a while`,
      { details: { issuer: settings.id }, cause },
    );
  }

  async #readMetadata(): Promise<IssuerMetadata> {
    const { issuer } = this.settings;
    const response = await this.#get(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`);
    if (response.status !== 200)
      throw new Error(`its configuration was answered with HTTP ${response.status}`);
    const metadata = metadataSchema.parse(await response.json());
    if (metadata.issuer !== issuer)
      throw new Error(`it calls itself ${metadata.issuer}, and the configuration here calls it ${issuer}`);
    return metadata;
  }

  async #get(url: string): Promise<Response> {
    if (performance.now() < this.#silentUntil) throw new Error('it did not answer a moment ago');
    try {
      return await this.#host.askIssuer(url, { method: 'GET', headers: { accept: 'application/json' } });
    } catch (thrown) {
      this.#silentUntil = performance.now() + SILENT_MILLISECONDS;
      throw thrown;
    }
  }
}

/** Issuers by their configuration, since a process may have several hosts. */
const known = new WeakMap<Host['config'], readonly Issuer[]>();

/** The issuers of the configuration. */
export const issuersOf = (host: IssuerHost): readonly Issuer[] => {
  const made = known.get(host.config) ?? host.config.access.oidc.map((one) => new Issuer(one, host));
  known.set(host.config, made);
  return made;
};
