import type * as z from 'zod';
import type { Permission } from '../model/access/permissions.ts';
import type { StartOptions } from '../operations/engine/start-once.ts';
import type { FreshProof } from './fresh-proof.ts';
import { idempotencyKeyOf } from './request-headers.ts';
import { type Call, type Route, type RouteFacts, route } from './route.ts';
import { beginning } from './route-problems.ts';

interface StartDefinition<P, Q, B> extends Omit<RouteFacts, 'method' | 'answers' | 'freshProof'> {
  readonly needs: Permission;
  readonly freshProof?: FreshProof<Call<P, Q, B>>;
  readonly params?: z.ZodType<P>;
  readonly query?: z.ZodType<Q>;
  readonly body?: z.ZodType<B>;
  readonly schema: z.ZodType;
  /** The path of such operations' records: `/v1/restores`. */
  readonly records: string;
  readonly start: (call: Call<P, Q, B>, options: StartOptions) => Promise<{ readonly id: string }>;
}

/** A route that begins an operation: it answers 202 with the record and its path, and accepts an Idempotency-Key. */
export const startRoute = <P = unknown, Q = unknown, B = unknown>({
  schema,
  records,
  start,
  takes = [],
  refuses = [],
  ...definition
}: StartDefinition<P, Q, B>): Route =>
  route<P, Q, B>({
    ...definition,
    method: 'POST',
    takes: [...takes, 'Idempotency-Key'],
    refuses: [...refuses, ...beginning],
    answers: { status: 202, location: true, schema },
    handle: async (call) => {
      const record = await start(call, { idempotencyKey: idempotencyKeyOf(call.headers) });
      return { status: 202, headers: { location: `${records}/${record.id}` }, body: record };
    },
  });
