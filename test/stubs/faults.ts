/**
 * Faults that a stub of a service gives instead of the correct answer, chosen by a test's rule or by a seed.
 */
import { randomFrom } from '../random-pieces.ts';

export type Fault =
  /** An error that the service documents; the call has no effect. */
  | { readonly kind: 'error'; readonly status: number; readonly code: string; readonly message?: string }
  /** The correct answer, cut off after this many bytes of its body. */
  | { readonly kind: 'cut'; readonly bytes: number }
  /** The connection ends without an answer; the call has no effect. */
  | { readonly kind: 'reset' }
  /** The call takes effect, but the connection ends without an answer. */
  | { readonly kind: 'lost' }
  /** The correct answer, delayed. */
  | { readonly kind: 'delay'; readonly milliseconds: number }
  /** The correct answer with one byte of its body changed. */
  | { readonly kind: 'garble' };

/** The facts about a request on which faults depend. */
export interface StubCall {
  /** The service's name for the operation: `GetObject`, `Scan`. */
  readonly operation: string;
  /** The key of an object or the name of a table; empty when there is none. */
  readonly target: string;
  /** The number of calls of this operation on this target so far, including this one. */
  readonly nth: number;
  /** The requested range, if the request has one: `bytes=5-`. */
  readonly range?: string | undefined;
}

/** Undefined gives the correct answer. */
export type FaultRule = (call: StubCall) => Fault | undefined;

export const noFaults: FaultRule = () => undefined;

export const refusal = (status: number, code: string, message = `stub: ${code}`): Fault => ({
  kind: 'error',
  status,
  code,
  message,
});

/**
 * Makes one call in `every` fail, chosen by the seed, with at most `most` consecutive failures for one
 * operation and target.
 */
export const seededFaults = (
  seed: number,
  faults: readonly Fault[],
  { every = 20, most = 2 }: { readonly every?: number; readonly most?: number } = {},
): FaultRule => {
  const random = randomFrom(seed);
  const onEnd = new Map<string, number>();
  return ({ operation, target }) => {
    const name = `${operation} ${target}`;
    const before = onEnd.get(name) ?? 0;
    const fault = random(every) === 0 && before < most ? faults[random(faults.length)] : undefined;
    onEnd.set(name, fault === undefined ? 0 : before + 1);
    return fault;
  };
};
