/** A route: what it takes, what it answers, and the operation in between. The OpenAPI document is made from it. */
import * as z from 'zod';
import { allows, type Permission } from '../model/access/permissions.ts';
import type { Principal } from '../model/access/principal.ts';
import { type ErrorCode, HoldfastError } from '../model/errors.ts';
import { faultsOf, wording } from '../model/text/fault-wording.ts';
import { type KindWithHome, permittedRecord } from '../operations/access/permitted.ts';
import type { Origin } from '../operations/audit/act.ts';
import type { OperatingHost } from '../operations/engine/kind-of-operation.ts';
import type { Host } from '../ports/host.ts';
import { type FreshProof, type ProofFacts, proofFacts, requireProofOf } from './fresh-proof.ts';
import type { RequestHeader } from './request-headers.ts';

/** What every handler gets beside its own parameters. */
interface CallBase {
  readonly host: OperatingHost;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Where the request came from. */
  readonly origin: Origin;
}

/** A request before it is parsed. */
export interface RawCall extends CallBase {
  /** Undefined for a route that answers without a token. */
  readonly principal: Principal | undefined;
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  /** JSON, or the unchanged bytes when the route says so. */
  readonly body: unknown;
}

export interface Call<P, Q, B> extends CallBase {
  readonly principal: Principal;
  readonly params: P;
  readonly query: Q;
  readonly body: B;
}

export interface Reply {
  readonly status: number;
  /** JSON, unless `text` or `bytes` is given; none with 204. */
  readonly body?: unknown;
  readonly text?: string;
  /** Raw bytes, of the media type that the route answers. */
  readonly bytes?: Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
  /** What the audit trail says beside the route; never a secret. */
  readonly auditNote?: string;
}

/** What a route is, to the router and to the OpenAPI document. */
export interface RouteFacts {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Parameters in braces, as in `/v1/backups/{id}`. */
  readonly path: string;
  readonly operationId: string;
  readonly summary: string;
  /**
   * The permission that the caller needs, at least somewhere; undefined when no token is needed: made by `openRoute` or
   * `signedRoute`.
   */
  readonly needs: Permission | undefined;
  /** Made by `signedRoute`: its body must be read to know who sends it. */
  readonly signed?: true;
  /** The kind of the record that `id` in the path names. A record out of the caller's reach counts as missing. */
  readonly of?: KindWithHome;
  /** What the route needs beyond `needs`, in a sentence: the operation checks that. */
  readonly alsoNeeds?: string;
  /** Whether the audit trail tells of it. @default true, except for GET */
  readonly audited?: boolean;
  /** Parameters of the query that the audit trail tells, since the path alone does not say what was read. */
  readonly auditedQuery?: readonly string[];
  /**
   * Whether a session must prove again whose it is, if the last proof is old. Every route that changes something says
   * this.
   */
  readonly freshProof?: ProofFacts;
  /** The headers that the route reads, beside `Authorization`. */
  readonly takes?: readonly RequestHeader[];
  /** The problems that the route answers, beside those of every route. */
  readonly refuses?: readonly ErrorCode[];
  /** What a success answers: JSON of a schema, plain text, raw bytes of a media type, or nothing. */
  readonly answers: {
    readonly status: number;
    readonly schema?: z.ZodType;
    /** Whether the header Location names the new resource. */
    readonly location?: true;
    /** Whether the header Set-Cookie begins or ends a session. */
    readonly cookie?: true;
    /** Whether the answer has an ETag, and is 304 to a caller who has the same one. */
    readonly tagged?: true;
    /** A text of this media type. */
    readonly text?: string;
    readonly bytes?: string;
    /** Whether the route also sends the bytes from an offset, with status 206. */
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

interface RouteDefinition<P, Q, B> extends Omit<RouteFacts, 'freshProof'> {
  readonly needs: Permission;
  readonly freshProof?: FreshProof<Call<P, Q, B>>;
  readonly params?: z.ZodType<P>;
  readonly query?: z.ZodType<Q>;
  readonly body?: z.ZodType<B>;
  readonly handle: (call: Call<P, Q, B>) => Promise<Reply>;
}

export interface Route extends DescribedRoute {
  readonly handle: (call: RawCall) => Promise<Reply>;
}

/** The schema of a route that names none: it takes nothing, and its handler gets an empty object. */
const nothing: z.ZodType = z.strictObject({});

/** Ties a route's schemas to its handler: what reaches the handler has been parsed. */
export const route = <P = unknown, Q = unknown, B = unknown>(definition: RouteDefinition<P, Q, B>): Route => {
  const {
    params = nothing as z.ZodType<P>,
    query = nothing as z.ZodType<Q>,
    body,
    freshProof,
    handle,
    ...facts
  } = definition;
  return {
    ...facts,
    ...(freshProof !== undefined && { freshProof: proofFacts(freshProof) }),
    params,
    query,
    body,
    handle: async ({ principal, ...call }) => {
      if (principal === undefined)
        throw new RangeError(`${facts.operationId} was called without a principal, and needs one`);
      const parsed = {
        params: parsePath(params, call.params),
        query: parseInput(query, call.query, 'the query'),
        body: parseInput(body ?? (nothing as z.ZodType<B>), call.body, 'the request'),
      };
      await requireOfRoute(call.host, principal, facts, call.params);
      const whole = { ...call, ...parsed, principal };
      requireProofOf(freshProof, whole);
      return handle(whole);
    },
  };
};

/**
 * Checks that the principal has the permission on the record that the path names. For a principal who has it everywhere
 * the record is not read: the operation finds out whether it exists.
 *
 * @throws `not_found`, `forbidden`
 */
export const requireOfRoute = async (
  host: Host,
  principal: Principal,
  { of, needs }: Pick<RouteFacts, 'of' | 'needs'>,
  { id = '' }: Readonly<Record<string, string>>,
): Promise<void> => {
  if (of === undefined || needs === undefined || allows(principal.grants, needs, null)) return;
  await permittedRecord(host, principal, needs, of, id);
};

/** A route that answers anybody, and does not learn who asks; if it names no body, it takes none. */
export const openRoute = <B = unknown>({
  answer,
  body,
  ...facts
}: Omit<RouteFacts, 'needs' | 'takes'> & {
  readonly body?: z.ZodType<B>;
  readonly answer: (host: OperatingHost, call: CallBase & { readonly body: B }) => Promise<Reply>;
}): Route => ({
  ...facts,
  needs: undefined,
  params: nothing,
  query: nothing,
  body,
  handle: async (call) => {
    parseInput(nothing, call.query, 'the query');
    const parsed = parseInput(body ?? (nothing as z.ZodType<B>), call.body, 'the request');
    return answer(call.host, { ...call, body: parsed });
  },
});

/** The most bytes of a signed message, since anybody may send one. */
export const MAX_SIGNED_BYTES = 128 * 1024;

/** A route for messages that only their signature protects: it needs no token, and its body is any bytes. */
export const signedRoute = <P>({
  params,
  answer,
  ...facts
}: Omit<RouteFacts, 'needs' | 'signed'> & {
  readonly params: z.ZodType<P>;
  readonly answer: (call: CallBase & { readonly params: P; readonly body: Uint8Array }) => Promise<Reply>;
}): Route => ({
  ...facts,
  needs: undefined,
  signed: true,
  params,
  query: nothing,
  body: 'bytes',
  handle: async ({ host, headers, origin, query, body, ...call }) => {
    parseInput(nothing, query, 'the query');
    if (!(body instanceof Uint8Array))
      throw new RangeError(`${facts.operationId} needs the bytes of the body as they were received`);
    return answer({ host, headers, origin, params: parsePath(params, call.params), body });
  },
});

/** An id that cannot be one of ours is answered like any unknown one. */
export const parsePath = <T>(schema: z.ZodType<T>, value: Readonly<Record<string, string>>): T => {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const shown = Object.values(value).map((text) => JSON.stringify(text.slice(0, 100)));
  throw new HoldfastError('not_found', `there is nothing with the id ${shown.join(', ')}`);
};

/** @throws `invalid_request`, naming each field that does not fit the schema */
export const parseInput = <T>(schema: z.ZodType<T>, value: unknown, what: string): T => {
  const parsed = schema.safeParse(value, { error: wording });
  if (parsed.success) return parsed.data;
  const errors = faultsOf(parsed.error);
  const sentences = errors.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`));
  throw new HoldfastError('invalid_request', `${what} is not valid: ${sentences.join('; ')}`, {
    details: { errors },
  });
};
