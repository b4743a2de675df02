import { HoldfastError } from '../model/errors.ts';
import { authenticate } from '../operations/installation/tokens.ts';
import type { Host } from '../ports/host.ts';
import type { Reply, Route } from './route.ts';

/** A request, whatever the host it came by. */
export interface Request {
  readonly method: string;
  /** Not decoded. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Uint8Array | undefined;
}

/** A request's body has at most so many bytes. */
export const MAX_BODY_BYTES = 1024 * 1024;

export interface Found {
  readonly route: Route;
  readonly params: Readonly<Record<string, string>>;
}

/** The route of a path, whatever the method; undefined when there is none. */
export const findRoutes = (routes: readonly Route[], path: string): Found[] => {
  const parts = path.split('/').map(decoded);
  return routes.flatMap((route) => {
    const params = matched(route.path.split('/'), parts);
    return params === undefined ? [] : [{ route, params }];
  });
};

const matched = (
  pattern: readonly string[],
  parts: readonly string[],
): Record<string, string> | undefined => {
  if (pattern.length !== parts.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, expected] of pattern.entries()) {
    const part = parts[index] ?? '';
    const [, name] = /^\{(\w+)\}$/.exec(expected) ?? [];
    if (name !== undefined) params[name] = part;
    else if (expected !== part) return undefined;
  }
  return params;
};

const decoded = (part: string): string => {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
};

/**
 * Finds the route, asks who it is, reads the body, answers.
 *
 * @throws HoldfastError what the problem document is made of.
 */
export const answer = async (host: Host, routes: readonly Route[], request: Request): Promise<Reply> => {
  const candidates = findRoutes(routes, request.path);
  const found = candidates.find(({ route }) => route.method === request.method);
  const principal =
    found?.route.open === true
      ? { name: 'anyone', role: 'administrator' as const }
      : await authenticate(host, request.headers.authorization);
  if (found === undefined) {
    if (candidates.length === 0)
      throw new HoldfastError(
        'not_found',
        `there is nothing at ${JSON.stringify(request.path.slice(0, 200))}; GET /v1/openapi.json lists what there is`,
      );
    const methods = candidates.map(({ route }) => route.method).join(', ');
    throw new HoldfastError(
      'method_not_allowed',
      `${request.method} is not possible here; possible: ${methods}`,
    );
  }
  const { route, params } = found;
  return route.handle({
    host,
    principal,
    headers: request.headers,
    params,
    query: request.query,
    body: route.body === undefined ? undefined : parseBody(request),
  });
};

const parseBody = ({ headers, body }: Request): unknown => {
  if (body === undefined || body.length === 0) return {};
  if (body.length > MAX_BODY_BYTES)
    throw new HoldfastError(
      'body_too_large',
      `the request's body has more than ${MAX_BODY_BYTES} bytes, and may not`,
    );
  const type = (headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase();
  if (type !== 'application/json')
    throw new HoldfastError(
      'unsupported_media_type',
      `send the body as content-type application/json, not ${type === '' ? 'without one' : JSON.stringify(type)}`,
    );
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body), refusePrototype);
  } catch (cause) {
    if (cause instanceof HoldfastError) throw cause;
    throw new HoldfastError(
      'invalid_request',
      `the body is not JSON: ${cause instanceof Error ? cause.message : String(cause)}`,
    );
  }
};

/** A name that objects swallow: a schema of any names would not see it, and the request would mean something else. */
const refusePrototype = (name: string, value: unknown): unknown => {
  if (name !== '__proto__') return value;
  const message = 'unknown field: "__proto__"';
  throw new HoldfastError('invalid_request', `the request is not valid: ${message}`, {
    details: { errors: [{ path: name, message }] },
  });
};
