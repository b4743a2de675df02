import type { Principal } from '../model/access/principal.ts';
import { HoldfastError } from '../model/errors.ts';
import { surveyJson } from '../model/text/json-text.ts';
import { authenticate } from '../operations/access/authenticate.ts';
import { withoutHiddenOperation } from '../operations/access/hidden-operation.ts';
import { requirePermission } from '../operations/access/permissions.ts';
import { noteTokenUse } from '../operations/access/tokens/token-use.ts';
import type { OperatingHost } from '../operations/engine/kind-of-operation.ts';
import type { Host } from '../ports/host.ts';
import { actOf, auditedRequest, originOf, refusalsNoted } from './audited-request.ts';
import { fittingReply } from './page.ts';
import { MAX_SIGNED_BYTES, type Reply, type Route, type RouteFacts } from './route.ts';

/** A request, the same for every host. */
export interface Request {
  readonly method: string;
  /** Not decoded. */
  readonly path: string;
  /** Decoded, in order; a name may occur twice, and is then refused. */
  readonly query: readonly (readonly [string, string])[];
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Uint8Array | undefined;
  /** The sender's address, as the host saw it. */
  readonly source?: string;
}

/** The most bytes of a request's body. */
export const MAX_BODY_BYTES = 1024 * 1024;
/** The most bytes of a body whose sender is not known yet. */
export const MAX_OPEN_BODY_BYTES = 16 * 1024;

export interface Found<R> {
  readonly route: R;
  readonly params: Readonly<Record<string, string>>;
}

/**
 * The routes of a path, one for each method that it takes. A path without parameters is preferred to one with a
 * parameter.
 */
export const findRoutes = <R extends RouteFacts>(routes: readonly R[], path: string): Found<R>[] => {
  const parts = path.split('/').map(decoded);
  const found = routes.flatMap((route) => {
    const params = matched(route.path.split('/'), parts);
    return params === undefined ? [] : [{ route, params }];
  });
  const parameters = ({ params }: Found<R>): number => Object.keys(params).length;
  const fewest = Math.min(...found.map(parameters));
  return found.filter((one) => parameters(one) === fewest);
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
 * Who asks, and for what: the route of a path and method, and the principal of the token; undefined when the route is
 * open.
 *
 * @throws `unauthorized` before anything is told, `forbidden`, `not_found`, `method_not_allowed`
 */
export const admit = async <R extends RouteFacts>(
  host: Host,
  routes: readonly R[],
  { method, path, headers, source }: Pick<Request, 'method' | 'path' | 'headers' | 'source'>,
): Promise<Found<R> & { principal: Principal | undefined }> => {
  const candidates = findRoutes(routes, path);
  // The host that sends the answer leaves out its body.
  const asked = method === 'HEAD' ? 'GET' : method;
  const found = candidates.find(({ route }) => route.method === asked);
  const isOpen = found !== undefined && found.route.needs === undefined;
  const origin = originOf({ headers, source });
  const principal = isOpen
    ? undefined
    : await refusalsNoted(host, { principal: undefined, origin, action: 'authenticate' }, () =>
        authenticate(host, { ...headers, method }),
      );
  if (principal !== undefined) noteTokenUse(host, principal);
  if (found !== undefined) {
    if (principal !== undefined)
      await refusalsNoted(host, actOf(found, principal, origin), async () =>
        requirePermission(principal, found.route.needs),
      );
    return { ...found, principal };
  }
  if (candidates.length === 0)
    throw new HoldfastError(
      'not_found',
      `there is nothing at ${JSON.stringify(path.slice(0, 200))}; GET /v1/openapi.json lists all paths`,
    );
  const takes = candidates.map(({ route }) => route.method);
  const allow = takes.includes('GET') ? [...takes, 'HEAD'] : takes;
  throw new HoldfastError(
    'method_not_allowed',
    `this path does not support ${method}; it supports: ${allow.join(', ')}`,
    { details: { allow } },
  );
};

/**
 * Finds the route, authenticates the caller, reads the body, answers.
 *
 * @param elsewhere Routes that other functions answer: their paths and methods count when a request is refused.
 * @throws HoldfastError the error for the problem document
 */
export const answer = async (
  host: OperatingHost,
  routes: readonly Route[],
  request: Request,
  elsewhere: readonly Route[] = [],
): Promise<Reply> => {
  const { route, params, principal } = await admit(host, [...routes, ...elsewhere], request);
  if (elsewhere.includes(route))
    throw new RangeError(
      `${route.method} ${route.path} was sent to a function that does not serve this route`,
    );
  const handle = async (): Promise<Reply> => {
    try {
      return await route.handle({
        host,
        principal,
        headers: request.headers,
        origin: originOf(request),
        params,
        query: eachOnce(request.query),
        body: route.signed === true ? bytesOf(request) : parseBody(request, mostBytesOf(route)),
      });
    } catch (thrown) {
      throw principal === undefined ? thrown : await withoutHiddenOperation(host, principal, thrown);
    }
  };
  if (principal === undefined) return handle();
  return fittingReply(
    await auditedRequest(host, { route, params, principal, query: request.query }, originOf(request), handle),
  );
};

/** A name that occurs twice is refused, since it is not clear which one is meant. @throws `invalid_request` */
export const eachOnce = (query: Request['query']): Record<string, string> => {
  const names = new Set<string>();
  for (const [name] of query) {
    if (names.has(name))
      throw new HoldfastError(
        'invalid_request',
        `the query is not valid: it has ${JSON.stringify(name.slice(0, 100))} twice; send it once`,
      );
    names.add(name);
  }
  return Object.fromEntries(query);
};

/** Anybody may call an open route, so little of the body is read. */
const mostBytesOf = ({ needs }: RouteFacts): number =>
  needs === undefined ? MAX_OPEN_BODY_BYTES : MAX_BODY_BYTES;

/** @throws `body_too_large` */
const bytesOf = ({ body = new Uint8Array() }: Request): Uint8Array => {
  if (body.length <= MAX_SIGNED_BYTES) return body;
  throw new HoldfastError(
    'body_too_large',
    `the message has more than the ${MAX_SIGNED_BYTES} bytes that are allowed; send a smaller one`,
  );
};

const parseBody = ({ headers, body }: Request, most: number): unknown => {
  if (body === undefined || body.length === 0) return {};
  if (body.length > most)
    throw new HoldfastError(
      'body_too_large',
      `the body of the request has more than the ${most} bytes that are allowed; send a smaller one`,
    );
  const encoding = headers['content-encoding']?.trim().toLowerCase() ?? 'identity';
  if (encoding !== 'identity')
    throw new HoldfastError(
      'unsupported_media_type',
      `the body has the content-encoding ${JSON.stringify(encoding)}, which is not supported; send it without one`,
    );
  const [type = '', ...parameters] = (headers['content-type'] ?? '').toLowerCase().split(';');
  const isUtf8 = parameters.every((one) => !/^\s*charset\s*=/.test(one) || /=\s*"?utf-8"?\s*$/.test(one));
  if (type.trim() !== 'application/json' || !isUtf8)
    throw new HoldfastError(
      'unsupported_media_type',
      `send the body as content-type application/json in UTF-8, not ${headers['content-type'] === undefined ? 'without one' : JSON.stringify(headers['content-type'].slice(0, 200))}`,
    );
  const text = jsonOf(body);
  const { keys, repeated, depth } = surveyJson(text);
  if (depth > MAX_BODY_DEPTH)
    throw refusedBody(`the body has objects and lists that are nested deeper than ${MAX_BODY_DEPTH}`);
  if (repeated !== undefined) throw refusedKey(repeated.key, 'duplicate key: send it only once in an object');
  // A name that JavaScript objects drop: a schema of any names would not see it, and the request would change its
  // meaning.
  if (keys.has('__proto__')) throw refusedKey('__proto__', 'unknown: "__proto__"');
  return JSON.parse(text);
};

/** The deepest nesting of objects and lists: no schema has more, and a reader of free JSON must end. */
const MAX_BODY_DEPTH = 64;

/** @throws `invalid_request` for bytes that are not JSON in UTF-8 */
const jsonOf = (body: Uint8Array): string => {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(body);
    JSON.parse(text);
    return text;
  } catch (cause) {
    throw refusedBody(`the body is not JSON: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
};

const refusedBody = (sentence: string): HoldfastError => new HoldfastError('invalid_request', sentence);

const refusedKey = (key: string, message: string): HoldfastError =>
  new HoldfastError('invalid_request', `the request is not valid: ${key.slice(0, 100)}: ${message}`, {
    details: { errors: [{ path: key.slice(0, 100), message }] },
  });
