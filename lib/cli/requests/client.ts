/** Requests to one installation. Refusals and silence come out as Failures. */
import { type Call, get } from '../../client/call.ts';
import * as sessions from '../../client/calls/sessions.ts';
import { addressOf, requestOf, sendAgain } from '../../client/request.ts';
import { exitCodes } from '../../model/errors.ts';
import { timeLimit } from '../../model/time-limit.ts';
import { PRODUCT_VERSION } from '../../model/version.ts';
import { Failure } from '../failure.ts';
import type { Installation } from '../login/installation.ts';
import { type Answer, parseAnswer } from './answer.ts';
import { problemFailure } from './problem.ts';

/**
 * How long to wait for an answer: sealing a key under a passphrase takes a while. A broken connection is noticed
 * sooner.
 */
const ANSWER_TIMEOUT_MS = 120_000;

/** A session is accepted only with this header, which no other site can make a browser send. */
const OWN_PAGE = { 'Holdfast-Page': '1' };

export class Client {
  readonly installation: Installation;
  /** The cookie of a person who has signed in: sent instead of the token. */
  readonly #cookie: string | undefined;

  constructor(installation: Installation, cookie?: string) {
    this.installation = installation;
    this.#cookie = cookie;
  }

  /** Signs a person in. @returns a client that asks as that person, until `signOut` */
  async signIn(name: string, password: string): Promise<Client> {
    const stranger = new Client({ ...this.installation, token: '', backupToken: undefined });
    const call = sessions.signIn(name, password);
    const response = await stranger.#send({ ...call, headers: OWN_PAGE });
    await bodyOf(response);
    const [cookie = ''] = response.headers.getSetCookie().map((header) => header.split(';')[0]);
    return new Client(this.installation, cookie);
  }

  /** Ends the session of `signIn`. */
  signOut(): Promise<void> {
    return this.finish(sessions.end());
  }

  /** Sends a call that is answered by a JSON object. */
  async ask<T>(call: Call<T>): Promise<Answer<T>> {
    return parseAnswer<T>(await bodyOf(await this.#send(call)), this.installation.url);
  }

  /** Sends a call of which nobody reads the answer. */
  async finish(call: Call<unknown>): Promise<void> {
    await bodyOf(await this.#send(call));
  }

  /** Sends bytes to the given address; an absolute address elsewhere never gets our token. */
  async put(address: string, bytes: Blob): Promise<void> {
    const { url, headers } = await this.#addressed(address);
    const response = await this.#fetch(url, { method: 'PUT', headers, body: bytes });
    const body = await bodyOf(response);
    if (!response.ok) throw problemFailure(response.status, body, this.#asked(address));
  }

  /** A complete text/plain answer. */
  async text(call: Call<string>): Promise<string> {
    return bodyOf(await this.#send(call));
  }

  /**
   * Opens a download from `offset` on. An absolute address elsewhere carries its own permission and never gets our
   * token. The caller checks the status: 206, 200 (the server ignored the range) or 416.
   */
  async open(address: string, offset: number): Promise<Response> {
    const { url, headers } = await this.#addressed(address);
    headers.set('Accept-Encoding', 'identity');
    if (offset > 0) headers.set('Range', `bytes=${offset}-`);
    const response = await this.#fetch(url, { headers });
    if (response.ok || response.status === 416) return response;
    throw problemFailure(response.status, await bodyOf(response), this.#asked(address));
  }

  /**
   * A part of a download. An absolute address elsewhere carries its own permission and never gets our token.
   *
   * @throws Failure; `disconnected` when the part did not arrive completely
   */
  async readPart(address: string, offset: number, length: number): Promise<Uint8Array> {
    const { url, headers } = await this.#addressed(address);
    headers.set('Accept-Encoding', 'identity');
    headers.set('Range', `bytes=${offset}-${offset + length - 1}`);
    const response = await this.#fetch(url, { headers, signal: timeLimit(ANSWER_TIMEOUT_MS) });
    if (response.status !== 206) {
      if (!response.ok) throw problemFailure(response.status, await bodyOf(response), this.#asked(address));
      await response.body?.cancel();
      throw new Failure('failed', `${url.origin} does not serve parts of an archive`, {
        hint: 'Download the archive (holdfast backup download), and use --file.',
      });
    }
    const bytes = await response.arrayBuffer().catch(() => new ArrayBuffer(0));
    if (bytes.byteLength === length) return new Uint8Array(bytes);
    throw new Failure('disconnected', `the answer of ${url.origin} was interrupted`);
  }

  async #credentials(): Promise<[string, string][]> {
    const { token: given, renewed, backupToken } = this.installation;
    const token = this.#cookie !== undefined || given === '' ? given : ((await renewed?.()) ?? given);
    const own: [string, string][] =
      this.#cookie === undefined
        ? token === ''
          ? []
          : [['Authorization', `Bearer ${token}`]]
        : [['Cookie', this.#cookie], ...Object.entries(OWN_PAGE)];
    return [
      ...own,
      ...(backupToken === undefined
        ? []
        : [['Holdfast-Backup-Token', backupToken] satisfies [string, string]]),
    ];
  }

  /** Where an address leads that the installation gave: one of its own with our credentials, another one without. */
  async #addressed(address: string): Promise<{ url: URL; headers: Headers }> {
    const headers = new Headers({ 'User-Agent': USER_AGENT });
    if (!isOwn(address)) return { url: new URL(address), headers };
    for (const [name, value] of await this.#credentials()) headers.set(name, value);
    return { url: addressOf(this.installation.url, get(address)), headers };
  }

  async #send(call: Call<unknown>): Promise<Response> {
    const own = { Accept: 'application/json', 'User-Agent': USER_AGENT };
    const init = requestOf(call, { ...Object.fromEntries(await this.#credentials()), ...own });
    const url = addressOf(this.installation.url, call);
    const once = async (): Promise<Response> => {
      const response = await this.#fetch(url, { ...init, signal: timeLimit(ANSWER_TIMEOUT_MS) });
      if (response.ok) return response;
      throw problemFailure(response.status, await bodyOf(response), this.#asked(call.path));
    };
    return sendAgain(call, once, isBrokenConnection);
  }

  #asked(path: string): { path: string; whenRefused: string } {
    return { path, whenRefused: this.installation.whenRefused };
  }

  async #fetch(url: URL, init: RequestInit): Promise<Response> {
    let response: Response;
    try {
      // A redirect would carry the token elsewhere, or turn a POST into a GET.
      response = await fetch(url, { ...init, redirect: 'manual' });
    } catch (cause) {
      throw silence(this.installation, url, cause);
    }
    const location = response.headers.get('location');
    if (response.status >= 300 && response.status < 400 && location !== null)
      throw new Failure('unreachable', `${this.installation.url} redirects to ${location}`, {
        hint: 'Set HOLDFAST_URL to the address to which it redirects.',
      });
    return response;
  }
}

/** A path of the installation's own API. */
const isOwn = (address: string): boolean => /^\/(?!\/)/.test(address);

const USER_AGENT = `holdfast/${PRODUCT_VERSION}`;

const bodyOf = async (response: Response): Promise<string> => {
  try {
    return await response.text();
  } catch (cause) {
    throw new Failure('disconnected', `the answer of ${new URL(response.url).origin} was interrupted`, {
      cause,
    });
  }
};

/** Whether the connection broke, or was refused, before an answer: then it is unknown whether the request arrived. */
const isBrokenConnection = (error: unknown): boolean =>
  error instanceof Failure && error.code === 'disconnected';

/** Whether nobody answers any more: the same request may succeed later. */
export const mayPass = (error: unknown): boolean =>
  error instanceof Failure && ['disconnected', 'unreachable', 'unavailable'].includes(error.code);

const silence = (installation: Installation, url: URL, cause: unknown): Failure => {
  const reason = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
  const code = reason instanceof Error && 'code' in reason ? String(reason.code) : '';
  const options = { hint: installation.whenSilent, cause, exitCode: exitCodes.failed };
  if (code === 'ECONNREFUSED')
    return new Failure('unreachable', `no server answers at ${url.origin}`, options);
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return new Failure('unreachable', `the host name ${url.hostname} is not known`, options);
  if (cause instanceof Error && cause.name === 'TimeoutError')
    return new Failure(
      'unreachable',
      `${url.origin} did not answer within ${ANSWER_TIMEOUT_MS / 1000} s`,
      options,
    );
  const words = reason instanceof Error ? reason.message : String(reason);
  return new Failure('disconnected', `the connection to ${url.origin} failed: ${words || code}`, options);
};
