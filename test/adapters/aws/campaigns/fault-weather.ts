/**
 * Chooses which calls of a run fail, and how: at random, several times in a row, or always for some targets.
 */

import type { Random } from '../../../hostile/fuzz/random.ts';
import { type Fault, type FaultRule, refusal } from '../../../stubs/faults.ts';

/** The faults that a service documents for each operation; `*` applies to all operations. */
export type Refusals = Readonly<Record<string, readonly Fault[]>>;

export interface Weather {
  readonly rule: FaultRule;
  /** A short description. */
  readonly words: string;
  /** Targets of calls that did not get the correct answer. */
  readonly struck: ReadonlySet<string>;
  readonly faults: () => number;
}

export interface WeatherOptions {
  readonly refusals: Refusals;
  /** Operations whose answers carry a checksum: only these answers are damaged. */
  readonly checked: ReadonlySet<string>;
  /** Called before each call; it may change the source or the target. */
  readonly before?: FaultRule;
}

export const weatherOf = (random: Random, { refusals, checked, before }: WeatherOptions): Weather => {
  const oneIn = random.pick([4, 12, 40, 120]);
  const most = random.pick([1, 2, 4, 30]);
  const cursedOneIn = random.pick([0, 0, 6, 20]);
  const struck = new Set<string>();
  const onEnd = new Map<string, number>();
  const cursed = new Map<string, Fault | undefined>();
  let count = 0;
  const faultFor = (operation: string): Fault => {
    // Faults of an account or a role are rarer, because each ends the operation that meets it.
    const own = refusals[operation] ?? passing;
    const documented = random.chance(8) ? (refusals['*'] ?? []) : random.chance(2) ? own : passing;
    const kinds: readonly Fault[] = [
      { kind: 'cut', bytes: random.below(3_000) },
      { kind: 'reset' },
      { kind: 'lost' },
      { kind: 'delay', milliseconds: 1 },
      checked.has(operation) ? { kind: 'garble' } : { kind: 'cut', bytes: random.below(40) },
    ];
    return random.chance(2) ? random.pick(kinds) : random.pick(documented);
  };
  const chosen = (name: string, operation: string): Fault | undefined => {
    if (cursedOneIn > 0 && !cursed.has(name))
      cursed.set(name, random.chance(cursedOneIn) ? faultFor(operation) : undefined);
    const always = cursed.get(name);
    if (always !== undefined) return always;
    const times = onEnd.get(name) ?? 0;
    const fault = times < most && random.chance(times > 0 ? 2 : oneIn) ? faultFor(operation) : undefined;
    onEnd.set(name, fault === undefined ? 0 : times + 1);
    return fault;
  };
  return {
    words: `one call in ${oneIn}, up to ${most} on end${cursedOneIn > 0 ? `, one target in ${cursedOneIn} always` : ''}`,
    struck,
    faults: () => count,
    rule: (call) => {
      const fault = before?.(call) ?? chosen(`${call.operation} ${call.target}`, call.operation);
      if (fault !== undefined && fault.kind !== 'delay') {
        struck.add(call.target);
        count += 1;
      }
      return fault;
    },
  };
};

/** Faults that any call may meet, and that a retry may not meet. */
const passing: readonly Fault[] = [
  refusal(500, 'InternalError'),
  refusal(503, 'SlowDown'),
  refusal(503, 'ServiceUnavailable'),
  refusal(504, 'GatewayTimeout'),
];

/** Errors of an account, a role or the clock, which any call may meet. */
export const ofAnyCall: readonly Fault[] = [
  refusal(403, 'AccessDenied', 'Access Denied'),
  refusal(400, 'RequestTimeout'),
  refusal(403, 'RequestTimeTooSkewed'),
  refusal(400, 'ExpiredToken'),
  refusal(403, 'InvalidAccessKeyId'),
  refusal(403, 'SignatureDoesNotMatch'),
];
