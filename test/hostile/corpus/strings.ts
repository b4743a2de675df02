/**
 * Every text of an archive that a person sees, filled with control sequences of terminals, pages or shells.
 */

import type { ArchivePlan } from '../writer/archive.ts';
import type { JsonObject } from '../writer/json.ts';
import { archive, harmless, type Shape } from './shape.ts';

/** Clears the screen, sets the title, overwrites text, hides text, reverses text, and is an HTML tag. */
export const DRIVING = [
  '\u001b[2J\u001b[H',
  '\u001b]0;owned\u0007',
  '\r\u001b[K',
  '\u009b31m',
  '\b\b\b',
  '\u0000',
  '\u202e',
  '\u2066',
  '\ud800',
  '<img src=x onerror=alert(1)>',
  "';DROP TABLE x;--",
  '$(touch /tmp/holdfast-hostile-absolute)',
  '`touch /tmp/holdfast-hostile-absolute`',
  '%s%n%x',
  '{{7*7}}',
  '\u2028',
  '\ufeff',
  '=cmd()',
] as const;

const text = (most: number): string => DRIVING.join('').slice(0, most);

const heads: readonly (readonly [string, number])[] = [
  ['backupId', 128],
  ['installation', 128],
  ['createdBy', 256],
  ['description', 1_024],
  ['domain', 128],
  ['productVersion', 64],
];

const withHead =
  (changes: JsonObject) =>
  (plan: ArchivePlan): ArchivePlan => ({ ...plan, head: { ...plan.head, ...changes } });
const withSummary =
  (summary: JsonObject) =>
  (plan: ArchivePlan): ArchivePlan => ({
    ...plan,
    components: plan.components.map((one) => ({ ...one, summary })),
  });

/** A plan with all texts changed at once, for tests of what is displayed. */
export const drivingPlan = (plan: ArchivePlan): ArchivePlan => ({
  ...withSummary({
    skippedCount: 1,
    outcome: 'partial',
    skipped: [{ path: text(8_000), reason: text(1_000) }],
    details: { [text(100)]: text(200), version: text(200), database: text(200) },
  })(withHead(Object.fromEntries(heads.map(([key, most]) => [key, text(most)])))(plan)),
  encryption: { mode: 'key', keyId: text(2_000) },
  log: `${text(1_000)}\n`,
  recover: Buffer.from(text(1_000)),
});

export const strings: readonly Shape[] = [
  ...heads.map(([key, most]) => ({
    name: `a ${key} that drives a terminal`,
    make: archive({ plan: withHead({ [key]: text(most) }) }),
    refused: harmless,
  })),
  ...DRIVING.map((driving) => ({
    name: `a description of ${JSON.stringify(driving)}`,
    make: archive({ plan: withHead({ description: driving }) }),
    refused: harmless,
  })),
  {
    name: 'details that drive a terminal',
    make: archive({ plan: withSummary({ details: { [text(100)]: text(500) } }) }),
    refused: harmless,
  },
  {
    name: 'all texts that a person is shown, each driving a terminal',
    make: archive({ plan: drivingPlan }),
    refused: harmless,
  },
];
