/** The backups of docs/scale.md, and the sizes and times of each. */
import { CONCURRENCY } from '../../lib/adapters/aws/s3/multipart-upload.ts';
import { RESTORE_BYTES, VERIFY_BYTES } from '../../lib/adapters/aws/task-bytes.ts';
import { MAX_CONTENTS_SEGMENTS } from '../../lib/archive/format.ts';
import * as tables from '../../lib/components/dynamodb/dynamodb.ts';
import { EFFORT } from '../../lib/components/dynamodb/restore-items.ts';
import * as buckets from '../../lib/components/s3/plan-shards.ts';
import { MAX_SPLIT_PAGES } from '../../lib/components/s3/split-range.ts';
import { MAX_PARTS, MAX_RESTORE_TASKS } from '../../lib/operations/restore/plan/restore-parts.ts';
import { MIB, rates } from './rates.ts';

export interface Case {
  readonly name: string;
  readonly kind: 'buckets' | 'table';
  readonly sourceBytes: number;
  /** Objects or items in the source. */
  readonly objects: number;
  readonly components: number;
  /** Tasks that run at the same time. */
  readonly width: number;
  /** Source bytes for each byte of archive: 1 for JPEG, MP4 and the like. */
  readonly compression?: number;
}

export const cases: readonly Case[] = [
  {
    name: '100 GB, 1e5 objects',
    kind: 'buckets',
    sourceBytes: 100e9,
    objects: 1e5,
    components: 1,
    width: 40,
  },
  { name: '10 TB, 1e9 objects', kind: 'buckets', sourceBytes: 10e12, objects: 1e9, components: 1, width: 40 },
  {
    name: '1 PB, 1e9 objects',
    kind: 'buckets',
    sourceBytes: 1e15,
    objects: 1e9,
    components: 20,
    width: 1000,
  },
  {
    name: 'a table of 5 TB, 5e9 items',
    kind: 'table',
    sourceBytes: 5e12,
    objects: 5e9,
    components: 1,
    width: 40,
  },
  {
    name: '200 components, 2 TB',
    kind: 'buckets',
    sourceBytes: 2e12,
    objects: 2e7,
    components: 200,
    width: 40,
  },
];

/** How many tasks restore one component. */
export const restoreTasksOf = ({ kind, sourceBytes, objects, components }: Case): number => {
  const effort =
    kind === 'table' ? sourceBytes * EFFORT.bytesPerByte : sourceBytes + objects * buckets.BYTES_PER_KEY;
  const most = Math.min(MAX_PARTS, Math.floor(MAX_RESTORE_TASKS / components));
  return Math.min(most, Math.ceil(effort / components / RESTORE_BYTES));
};

/** The sizes and times of a backup. */
export const sizesOf = ({
  kind,
  sourceBytes,
  objects,
  components,
  width,
  compression = rates.compression,
}: Case) => {
  const network = rates.functionMiBPerSecond * MIB;
  // Bytes read and bytes written share the function's network; the core is faster than both.
  const perSecond = Math.min(rates.coreMBPerSecond * 1e6, network / (1 + 1 / compression));
  const pages = kind === 'table' ? 0 : objects / components / 1000;
  const isCounted = pages <= buckets.MAX_COUNTED_PAGES;
  const most =
    kind === 'table'
      ? tables.MAX_SHARDS
      : buckets.MAX_SHARDS + (isCounted ? 0 : buckets.MAX_UNCOUNTED_SHARDS);
  const each = kind === 'table' ? tables.BYTES_PER_SHARD : buckets.BYTES_PER_SHARD;
  const byKeys = kind === 'table' ? 0 : objects / components / buckets.KEYS_PER_SHARD;
  const shards = Math.min(most, Math.max(1, Math.ceil(sourceBytes / components / each), Math.ceil(byKeys)));
  const tasks = components * shards;
  const functionSeconds = sourceBytes / perSecond;
  const archiveBytes = sourceBytes / compression;
  const segments = Math.ceil(sourceBytes / rates.segmentBytes);
  const readSeconds = archiveBytes / network;
  const rounds = Math.ceil(Math.ceil(archiveBytes / VERIFY_BYTES) / width);
  return {
    perSecond,
    tasks,
    wide: Math.min(width, tasks),
    functionSeconds,
    archiveBytes,
    segments,
    checkpoints: segments / MAX_CONTENTS_SEGMENTS,
    calls: Math.max(Math.ceil(functionSeconds / rates.usefulSeconds), tasks),
    // Seconds to read the archive back at the speed of the network: of all tasks together, and by the clock.
    readSeconds,
    verifySeconds: rounds * Math.min(readSeconds, VERIFY_BYTES / network),
    sealSeconds: (segments / CONCURRENCY) * rates.copySeconds,
    planSeconds:
      components *
      (1 +
        (Math.min(pages, buckets.MAX_COUNTED_PAGES) + (isCounted ? 0 : MAX_SPLIT_PAGES)) * rates.listSeconds),
  };
};
