/** What a stub of a service answers instead of the right answer, and when: by a rule of the test, or by a seed. */
import { randomFrom } from '../random-pieces.ts';

export type Fault =
  /** An error that the service documents; nothing is done. */
  | { readonly kind: 'error'; readonly status: number; readonly code: string; readonly message?: string }
  /** The right answer, of whose body only so many bytes come before the connection ends. */
  | { readonly kind: 'cut'; readonly bytes: number }
  /** The connection ends without an answer; nothing is done. */
  | { readonly kind: 'reset' }
  /** All is done, and the connection ends without an answer. */
  | { readonly kind: 'lost' }
  /** The right answer, later. */
  | { readonly kind: 'delay'; readonly milliseconds: number }
  /** The right answer, with one byte of its body changed. */
  | { readonly kind: 'garble' };

/** One request, as far as faults depend on it. */
export interface StubCall {
  /** The service's own name of it: `GetObject`, `Scan`. */
  readonly operation: string;
  /** The key of an object, the name of a table; empty where there is none. */
  readonly target: string;
  /** From 1: how many calls of this operation on this target there were, this one included. */
  readonly nth: number;
  /** Of which bytes, where it says so: `bytes=5-`. */
  readonly range?: string | undefined;
}

/** Undefined: the right answer. */
export type FaultRule = (call: StubCall) => Fault | undefined;

export const noFaults: FaultRule = () => undefined;

export const refusal = (status: number, code: string, message = `stub: ${code}`): Fault => ({
  kind: 'error',
  status,
  code,
  message,
});

/** Faults for one call in `every`, which one by the seed, at most `most` of them on end for one operation and target. */
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
