/** Which limit a backup meets first, and at which size of its source. */
import { readFileSync } from 'node:fs';
import { MAX_CONTENTS_SEGMENTS, MAX_MANIFEST_BYTES } from '../../lib/archive/format.ts';
import { MAX_COMPONENTS } from '../../lib/archive/manifest-bounds.ts';
import * as buckets from '../../lib/components/s3/plan-shards.ts';
import { functionTable } from '../../lib/infra/functions/function-table.ts';
import { MAX_LIST_BYTES } from '../../lib/operations/backup/capture/capture-work.ts';
import { type Case, sizesOf } from './cases.ts';
import { MIB, quotas, rates } from './rates.ts';

/** After which the workflow of a backup is ended, whatever it does. */
const workflowSeconds = Number(
  /^ {2}"TimeoutSeconds": (\d+)/m.exec(
    readFileSync(new URL('../../statemachines/backup.asl.json', import.meta.url), 'utf8'),
  )?.[1],
);

interface Limit {
  readonly what: string;
  readonly from: string;
  /** How much of the limit a case uses; 1 is all of it. */
  readonly share: (each: Case) => number;
}

export const limits: readonly Limit[] = [
  {
    what: `days that one backup may take: ${workflowSeconds / 86_400}`,
    from: 'statemachines/backup.asl.json',
    share: (each) => {
      const { planSeconds, functionSeconds, wide, sealSeconds, verifySeconds } = sizesOf(each);
      return (planSeconds + functionSeconds / wide + sealSeconds + verifySeconds) / workflowSeconds;
    },
  },
  {
    what: 'memory of SealArchive, which holds the list of all segments',
    from: 'lib/infra/functions/rows/steps.ts',
    share: (each) =>
      (sizesOf(each).segments * rates.sealBytesPerSegment) /
      (functionTable['seal-archive'].memoryMb * MIB - rates.sealBytesBeside),
  },
  {
    what: 'keys of one task, of those behind the ones that planning counts, cut by their letters',
    from: 'lib/components/s3/plan-shards.ts',
    share: ({ kind, objects, components }) =>
      kind === 'table'
        ? 0
        : objects / components / (1000 * buckets.MAX_COUNTED_PAGES * (1 + buckets.MAX_UNCOUNTED_SHARDS)),
  },
  {
    what: 'components of one backup',
    from: 'lib/archive/manifest-bounds.ts',
    share: ({ components }) => components / MAX_COMPONENTS,
  },
  {
    what: 'members in the manifest',
    from: 'lib/archive/format.ts',
    share: (each) => (sizesOf(each).segments * rates.memberBytes) / MAX_MANIFEST_BYTES,
  },
  {
    what: 'the archive as one object of S3',
    from: 'quota',
    share: (each) => sizesOf(each).archiveBytes / quotas.objectBytes,
  },
  {
    what: `functions at once, of an account that never asked for more`,
    from: 'quota',
    share: ({ width }) => width / quotas.concurrency,
  },
  {
    what: 'writes a second to one run’s records, which local indexes keep in one partition',
    from: 'quota',
    share: (each) => {
      const { wide, perSecond } = sizesOf(each);
      const checkpointsPerSecond = (wide * perSecond) / (rates.segmentBytes * MAX_CONTENTS_SEGMENTS);
      return (checkpointsPerSecond * 2 * (rates.checkpointBytes / 1000)) / quotas.writeUnitsPerSecond;
    },
  },
  {
    what: 'bytes of one run’s records, for the same reason',
    from: 'quota',
    share: (each) => (sizesOf(each).checkpoints * rates.checkpointBytes) / quotas.collectionBytes,
  },
];

/** Bytes of one element of the list, as PlanBackup writes it, for a component id of the greatest length: 63 letters. */
const taskBytes = JSON.stringify({ component: 'c'.repeat(63), shard: 47 }).length + 1;

/** The limits that a case exceeds in one backup, sorted: growing data meets the first one earliest. */
export const metBy = (
  each: Case,
): { readonly what: string; readonly from: string; readonly share: number }[] =>
  limits
    .map(({ share, ...limit }) => ({ ...limit, share: share(each) }))
    .filter(({ share }) => share > 1)
    .sort((a, b) => b.share - a.share);

/**
 * Source bytes at which a case that grows as a whole meets a limit; undefined when the use of the limit does not grow
 * with bytes.
 */
export const metAt = (each: Case, what: string): number | undefined => {
  const share = limits.find((one) => one.what === what)?.share(each);
  return share === undefined || share === 0 ? undefined : each.sourceBytes / share;
};

/** How many tasks the workflow's state names at a time. */
export const mostTasks = Math.floor(MAX_LIST_BYTES / taskBytes);
