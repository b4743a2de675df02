/** Which calls of a run fail, and how: by chance, on end, and for some targets always. */

import type { Random } from '../../../hostile/fuzz/random.ts';
import { type Fault, type FaultRule, refusal } from '../../../stubs/faults.ts';

/** What a service documents for each of its calls; `*` for all. */
export type Refusals = Readonly<Record<string, readonly Fault[]>>;

export interface Weather {
  readonly rule: FaultRule;
  /** How it is, in few words. */
  readonly words: string;
  /** Targets of calls that did not get the right answer. */
  readonly struck: ReadonlySet<string>;
  readonly faults: () => number;
}

export interface WeatherOptions {
  readonly refusals: Refusals;
  /** Operations whose answers say by a checksum what they are: only those arrive damaged. */
  readonly checked: ReadonlySet<string>;
  /** Asked before each call: the world may change. */
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
    // An account's or a role's are rarer: they end whatever they meet.
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

/** Any call may meet them, and its next try may not. */
const passing: readonly Fault[] = [
  refusal(500, 'InternalError'),
  refusal(503, 'SlowDown'),
  refusal(503, 'ServiceUnavailable'),
  refusal(504, 'GatewayTimeout'),
];

/** Errors of an account, a role or the clock: any call may meet them. */
export const ofAnyCall: readonly Fault[] = [
  refusal(403, 'AccessDenied', 'Access Denied'),
  refusal(400, 'RequestTimeout'),
  refusal(403, 'RequestTimeTooSkewed'),
  refusal(400, 'ExpiredToken'),
  refusal(403, 'InvalidAccessKeyId'),
  refusal(403, 'SignatureDoesNotMatch'),
];
