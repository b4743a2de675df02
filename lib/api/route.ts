/** A route: what it takes, what it answers, and the operation between. The OpenAPI document is made from the same. */
import * as z from 'zod';
import { type ErrorCode, HoldfastError } from '../model/errors.ts';
import { faultsOf, wording } from '../model/fault-wording.ts';
import type { Principal } from '../model/principal.ts';
import type { Host } from '../ports/host.ts';
import type { RequestHeader } from './request-headers.ts';

/** What every handler has beside its own parameters. */
interface CallBase {
  readonly host: Host;
  readonly principal: Principal;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | undefined>>;
}

/** A request as it came, before it is parsed. */
export interface RawCall extends CallBase {
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  readonly body: unknown;
}

export interface Call<P, Q, B> extends CallBase {
  readonly params: P;
  readonly query: Q;
  readonly body: B;
}

export interface Reply {
  readonly status: number;
  /** JSON, unless `text` is given; none with 204. */
  readonly body?: unknown;
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What a route is, to the router and to the OpenAPI document. */
export interface RouteFacts {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Parameters in braces, as in `/v1/backups/{id}`. */
  readonly path: string;
  readonly operationId: string;
  readonly summary: string;
  /** Answers without a token. Only health. */
  readonly open?: true;
  /** The headers that it reads, beside `Authorization`. */
  readonly takes?: readonly RequestHeader[];
  /** The problems that it answers, beside those of every route. */
  readonly refuses?: readonly ErrorCode[];
  /** What a success answers: JSON of a schema, plain text, raw bytes of a media type, or nothing. */
  readonly answers: {
    readonly status: number;
    readonly schema?: z.ZodType;
    /** The header Location says where it is. */
    readonly location?: true;
    readonly text?: true;
    readonly bytes?: string;
    /** The bytes from an offset, too, with status 206. */
    readonly ranges?: true;
  };
}

/** What the OpenAPI document tells of a route. */
export interface DescribedRoute extends RouteFacts {
  readonly params: z.ZodType;
  readonly query: z.ZodType;
  /** JSON of a schema, raw bytes, or undefined: the route takes no body, and refuses one. */
  readonly body: z.ZodType | 'bytes' | undefined;
}

interface RouteDefinition<P, Q, B> extends RouteFacts {
  readonly params?: z.ZodType<P>;
  readonly query?: z.ZodType<Q>;
  readonly body?: z.ZodType<B>;
  readonly handle: (call: Call<P, Q, B>) => Promise<Reply>;
}

export interface Route extends DescribedRoute {
  readonly body: z.ZodType | undefined;
  readonly handle: (call: RawCall) => Promise<Reply>;
}

/** Where a route names no schema it takes nothing, and its handler sees an empty object. */
const nothing: z.ZodType = z.strictObject({});

/** Ties a route's schemas to its handler: what reaches the handler has been parsed. */
export const route = <P = unknown, Q = unknown, B = unknown>(definition: RouteDefinition<P, Q, B>): Route => {
  const {
    params = nothing as z.ZodType<P>,
    query = nothing as z.ZodType<Q>,
    body,
    handle,
    ...facts
  } = definition;
  return {
    ...facts,
    params,
    query,
    body,
    handle: (call) =>
      handle({
        ...call,
        params: parsePath(params, call.params),
        query: parseInput(query, call.query, 'the query'),
        body: parseInput(body ?? (nothing as z.ZodType<B>), call.body, 'the request'),
      }),
  };
};

/** An id that cannot be one of ours is as unknown as any other. */
export const parsePath = <T>(schema: z.ZodType<T>, value: Readonly<Record<string, string>>): T => {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const shown = Object.values(value).map((text) => JSON.stringify(text.slice(0, 100)));
  throw new HoldfastError('not_found', `there is nothing with the id ${shown.join(', ')}`);
};

const parseInput = <T>(schema: z.ZodType<T>, value: unknown, what: string): T => {
  const parsed = schema.safeParse(value, { error: wording });
  if (parsed.success) return parsed.data;
  const errors = faultsOf(parsed.error);
  const sentences = errors.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`));
  throw new HoldfastError('invalid_request', `${what} is not valid: ${sentences.join('; ')}`, {
    details: { errors },
  });
};
