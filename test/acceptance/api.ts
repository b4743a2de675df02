/** HTTP client that the acceptance tests use on every host. */
import { setTimeout as pause } from 'node:timers/promises';
import { deadlineIn } from '../deadline.ts';
import { DocumentedApi, type JudgedAnswer } from './documented.ts';

export interface Answer {
  status: number;
  headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests read any field of an answer's body
  body: any;
  text: string;
}

export interface CallOptions {
  body?: unknown;
  headers?: Record<string, string>;
  /** null: the request carries no token. */
  token?: string | null;
}

/** Checks every answer against the server's own OpenAPI document. */
export class Api {
  readonly url: string;
  readonly token: string;
  #documented: DocumentedApi | undefined;

  constructor(url: string, token: string) {
    this.url = url;
    this.token = token;
  }

  async call(
    method: string,
    path: string,
    { body, headers = {}, token = this.token }: CallOptions = {},
  ): Promise<Answer> {
    const raw =
      typeof body === 'string' ? body : body instanceof Uint8Array ? Uint8Array.from(body) : undefined;
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: {
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: raw ?? JSON.stringify(body) }),
    });
    const text = await response.text();
    await this.#judge(method, path, { status: response.status, headers: response.headers, text });
    const json = /json/.test(response.headers.get('content-type') ?? '');
    return {
      status: response.status,
      headers: response.headers,
      body: json && text !== '' ? JSON.parse(text) : undefined,
      text,
    };
  }

  /** The server's OpenAPI document; undefined when the server no longer answers. */
  async documented(): Promise<DocumentedApi | undefined> {
    if (this.#documented !== undefined) return this.#documented;
    const headers = { authorization: `Bearer ${this.token}` };
    const answer = await fetch(`${this.url}/v1/openapi.json`, { headers }).catch(() => undefined);
    if (answer?.ok !== true) return undefined;
    this.#documented = new DocumentedApi(await answer.json());
    return this.#documented;
  }

  async #judge(method: string, path: string, answer: JudgedAnswer): Promise<void> {
    const fault = (await this.documented())?.fault(method, path, answer);
    if (fault !== undefined) throw new Error(`not as the OpenAPI document says: ${fault}`);
  }

  get = (path: string, options?: CallOptions) => this.call('GET', path, options);
  post = (path: string, body: unknown = {}, options?: CallOptions) =>
    this.call('POST', path, { body, ...options });
  delete = (path: string, options?: CallOptions) => this.call('DELETE', path, options);

  /** Polls the record at `path` until its state is final, and returns the record. */
  async ended(path: string, seconds = 60): Promise<Answer['body']> {
    return this.until(path, ({ state }) => state !== 'IN_PROGRESS', seconds);
  }

  async until(path: string, holds: (body: Answer['body']) => boolean, seconds = 60): Promise<Answer['body']> {
    const deadline = deadlineIn(seconds * 1000);
    for (;;) {
      const { body } = await this.get(path);
      if (holds(body)) return body;
      if (deadline.isOver)
        throw new Error(`waited ${seconds} s for ${path}; it stands at ${JSON.stringify(body)}`);
      await pause(25);
    }
  }

  /** Starts a backup and waits until it ends. */
  async backup(request: Record<string, unknown> = {}): Promise<Answer['body']> {
    const { status, body } = await this.post('/v1/backups', request);
    if (status !== 202) throw new Error(`expected 202, got ${status}: ${JSON.stringify(body)}`);
    return this.ended(`/v1/backups/${body.id}`);
  }

  async restore(backupId: string, request: Record<string, unknown> = {}): Promise<Answer['body']> {
    const { status, body } = await this.post(`/v1/backups/${backupId}/restores`, request);
    if (status !== 202) throw new Error(`expected 202, got ${status}: ${JSON.stringify(body)}`);
    return this.ended(`/v1/restores/${body.id}`);
  }
}
