/**
 * A request to the API as a value: what is sent where, and the type of what is answered. Whoever sends it says how: the
 * command line with a token, the page with its session.
 */
declare const answer: unique symbol;

export type Query = Readonly<Record<string, string | number | undefined>>;
export type Headers = Readonly<Record<string, string>>;

export interface Call<T> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Below the address of the installation, such as `/v1/backups`. */
  readonly path: string;
  readonly query?: Query;
  readonly headers?: Headers;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Sent twice it does what it does once: it may be sent again when its answer was lost. */
  readonly repeatable: boolean;
  /** Of the type alone: no call has it. */
  readonly [answer]?: T;
}

/** What others have to approve first is sent with their approval, or with the reason why it is done without one. */
export interface Approved {
  readonly approval?: string | undefined;
  readonly breakGlass?: string | undefined;
}

export interface Paging {
  readonly skip?: number | undefined;
  readonly limit?: number | undefined;
}

/** Fields of a request: JSON leaves out those that are undefined. */
export type Given<T> = { readonly [K in keyof T]?: T[K] | undefined };

/** As many as a page may have. */
export const LONGEST_PAGE = 1000;

/** An id or a name as one part of a path. */
export const at = encodeURIComponent;

export const get = <T>(path: string, query?: Query, headers?: Headers): Call<T> => ({
  method: 'GET',
  path,
  ...(query && { query }),
  ...(headers && { headers }),
  repeatable: true,
});

const changing = (method: 'POST' | 'PUT' | 'DELETE') => {
  return <T>(path: string, body?: unknown, headers?: Headers): Call<T> => ({
    method,
    path,
    ...(body !== undefined && { body }),
    ...(headers && { headers }),
    repeatable: false,
  });
};
export const post = changing('POST');
export const put = changing('PUT');
export const remove = changing('DELETE');

/** A random UUID (version 4). `crypto.randomUUID` is missing on a page that came over plain http. */
export const newKey = (): string => {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
};

/** Begins an operation: once, however often it is sent. `key` is the Idempotency-Key. */
export const start = <T>(
  path: string,
  body: unknown,
  key: string = newKey(),
  headers: Headers = {},
): Call<T> => ({ ...post<T>(path, body, { ...headers, 'idempotency-key': key }), repeatable: true });

export const approved = ({ approval, breakGlass }: Approved): Headers => ({
  ...(approval !== undefined && { 'holdfast-approval': approval }),
  ...(breakGlass !== undefined && { 'holdfast-break-glass': at(breakGlass) }),
});

/** The passphrase of the archive that is read. */
export const opening = (passphrase: string | undefined): Headers =>
  passphrase === undefined ? {} : { 'holdfast-passphrase': at(passphrase) };
