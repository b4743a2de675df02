/** What a smoke test would do, as its dry run prints it. */
import { smokeChecks } from './checks.ts';

/**
 * In us-east-1, prices of November 2026: three keys for at most a day, and requests, functions and an export
 * of a few megabytes.
 */
export const ESTIMATE = { dollars: 0.4, minutes: 10 } as const;

export const smokePlan = ({ id, account }: { readonly id: string; readonly account: string }): string =>
  [
    `${account}: the stack ${id} is deployed, with everything in it; about ${ESTIMATE.minutes} minutes, below $${ESTIMATE.dollars.toFixed(2)}.`,
    '',
    '| check | what it shows | calls | on MiniStack |',
    '|---|---|---|---|',
    ...smokeChecks.map(
      ({ id: check, shows, calls, onEmulator }) =>
        `| ${check} | ${shows} | ${calls.join('; ')} | ${onEmulator ? 'as far as it goes' : 'no'} |`,
    ),
    '',
    `Afterwards buckets are emptied, the table that was restored is deleted, and the stack is destroyed, whatever came out.`,
  ].join('\n');
