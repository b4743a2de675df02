import { HoldfastError } from '../model/errors.ts';
import { idempotencyKeySchema } from '../model/requests.ts';

/** The request's `Idempotency-Key`; undefined where it has none. @throws `invalid_request` for one that is no key. */
export const idempotencyKeyOf = (
  headers: Readonly<Record<string, string | undefined>>,
): string | undefined => {
  const key = headers['idempotency-key'];
  if (key === undefined) return undefined;
  const parsed = idempotencyKeySchema.safeParse(key);
  if (parsed.success) return parsed.data;
  throw new HoldfastError('invalid_request', `Idempotency-Key: ${parsed.error.issues[0]?.message}`);
};
