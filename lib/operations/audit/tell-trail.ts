/** What people are told of the audit trail itself. */
import type { Principal } from '../../model/access/principal.ts';
import type { Host } from '../../ports/host.ts';
import { tell } from '../task/tell.ts';
import { tellOnce, today } from '../task/tell-once.ts';
import type { TrailCheck } from './seal-trail.ts';

type TellingHost = Pick<Host, 'catalog' | 'config' | 'clock'>;

/** Tells of an export before any row is sent: once for all its parts, with the first. */
export const tellOfExport = (host: TellingHost, { name: by }: Principal): Promise<void> =>
  host.catalog.commit([
    tell(host, {
      type: 'audit.exported',
      title: `${by} exports the audit trail`,
      by,
      lines: ['It names who did what in the whole installation, and from which addresses.'],
    }),
  ]);

/** Tells once a day, with the first reader who finds it. */
export const tellOfFaults = async (host: TellingHost, { faults }: TrailCheck): Promise<void> => {
  const [first] = faults;
  if (first === undefined) return;
  await tellOnce(host, today(host), {
    type: 'audit.broken',
    title: 'the audit trail was changed after it was written',
    shortError: `row ${first.seq} ${first.fault}`,
    lines: faults.length === 1 ? [] : [`Further faults that were found: ${faults.length - 1}.`],
    nextSteps: ['Verify the whole trail, and compare it with the last export:', '  holdfast audit verify'],
  });
};
