/**
 * The tables of docs/scale.md: what a nightly backup of a size takes and costs on AWS, and which limit it meets first, from
 * constants of the code, rates that were measured, and limits and prices that are published.
 * `node bench/scale.ts` prints them; a test holds the document to them.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { SEGMENT_BYTES } from '../lib/adapters/aws/aws-host.ts';
import { CONCURRENCY } from '../lib/adapters/aws/s3/multipart-join.ts';
import { s3Limits } from '../lib/adapters/aws/s3/multipart-plan.ts';
import { VERIFY_BYTES } from '../lib/adapters/aws/verify-bytes.ts';
import { MAX_CONTENTS_SEGMENTS, MAX_MANIFEST_BYTES } from '../lib/archive/format.ts';
import { MAX_COMPONENTS } from '../lib/archive/manifest-bounds.ts';
import * as tables from '../lib/components/dynamodb/dynamodb.ts';
import * as buckets from '../lib/components/s3/plan-shards.ts';
import { functionTable } from '../lib/infra/functions/function-table.ts';
import { MAX_LIST_BYTES } from '../lib/operations/backup/capture/capture-work.ts';

const MIB = 1024 ** 2;
const GIB = 1024 ** 3;

/** Measured or read; docs/scale.md says where. */
export const rates = {
  /** MiB/s of network a function sustains, whatever its memory. */
  functionMiBPerSecond: 70,
  /** Source bytes for each byte of archive, of a mixed tree. */
  compression: 3,
  /** MB/s one core compresses, encrypts and hashes (zstd level 1). */
  coreMBPerSecond: 257,
  /** Seconds a task works before it stops at a checkpoint: Lambda's 900 less the reserve. */
  usefulSeconds: 840,
  segmentBytes: SEGMENT_BYTES,
  /** One UploadPartCopy of a segment, a request within S3: assumed. */
  copySeconds: 0.25,
  /** One LIST of 1,000 keys: assumed. */
  listSeconds: 0.15,
  /** Of a checkpoint's record in the catalog. */
  checkpointBytes: 10_000,
  /** Of a member in the manifest: as JSON, its name, size and hash. */
  memberBytes: 180,
  /** Items a second that one function writes to a table. */
  itemsPerSecond: 10_000,
  /** What Step Functions and the functions write of one call to their logs. */
  logBytesPerCall: 12_000,
} as const;

/** US dollars, us-east-1, November 2026, list prices. */
export const prices = {
  /** Lambda, arm64. */
  gbSecond: 0.000_013_333_4,
  invocation: 0.000_000_2,
  stateTransition: 0.000_025,
  s3Put: 0.000_005,
  s3Get: 0.000_000_4,
  /** DynamoDB on demand. */
  dynamoWrite: 0.000_000_625,
  dynamoRead: 0.000_000_125,
  exportGb: 0.1,
  storageGbMonth: 0.023,
  logGb: 0.5,
} as const;

/** Published quotas of AWS. */
export const quotas = {
  concurrency: 1000,
  objectBytes: 50e12,
  /** Of one partition of a table, and so of one run's records. */
  writeUnitsPerSecond: 1000,
  /** Of all items of one partition, in a table that has local indexes. */
  collectionBytes: 10 * GIB,
  /** An account's tables on demand, unless it asked for more. */
  readUnitsPerSecond: 40_000,
} as const;

export interface Case {
  readonly name: string;
  readonly kind: 'buckets' | 'table';
  readonly sourceBytes: number;
  /** Objects or items in it. */
  readonly objects: number;
  readonly components: number;
  /** Tasks at the same time. */
  readonly width: number;
  /** 1 for JPEG, MP4 and the like. */
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

/** What a backup comes to. */
const sizesOf = ({
  kind,
  sourceBytes,
  objects,
  components,
  width,
  compression = rates.compression,
}: Case) => {
  const network = rates.functionMiBPerSecond * MIB;
  // What comes in and what goes out share the function's network; the core is faster than both.
  const perSecond = Math.min(rates.coreMBPerSecond * 1e6, network / (1 + 1 / compression));
  const most = kind === 'table' ? tables.MAX_SHARDS : buckets.MAX_SHARDS;
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
    // Of archive, read back at the speed of the network: by all tasks together, and how long that takes.
    readSeconds,
    verifySeconds: rounds * Math.min(readSeconds, VERIFY_BYTES / network),
    sealSeconds: (segments / CONCURRENCY) * rates.copySeconds,
    planSeconds:
      kind === 'table'
        ? components
        : components *
          (1 + (Math.min(objects / components, buckets.MAX_COUNTED_KEYS) / 1000) * rates.listSeconds),
  };
};

interface Limit {
  readonly what: string;
  readonly from: string;
  /** How much of it a case takes, 1 being all. */
  readonly share: (each: Case) => number;
}

const limits: readonly Limit[] = [
  {
    what: `SealArchive has the store copy every segment in one call, ${CONCURRENCY} at a time`,
    from: 'lib/adapters/aws/s3/multipart-join.ts',
    share: (each) => sizesOf(each).sealSeconds / functionTable['seal-archive'].timeoutSeconds,
  },
  {
    what: 'PlanBackup looks at every component in one call',
    from: 'lib/components/s3/plan-shards.ts',
    share: (each) => sizesOf(each).planSeconds / functionTable['plan-backup'].timeoutSeconds,
  },
  {
    what: `keys that planning counts; all behind them are one task`,
    from: 'lib/components/s3/plan-shards.ts',
    share: ({ kind, objects, components }) =>
      kind === 'table' ? 0 : objects / components / buckets.MAX_COUNTED_KEYS,
  },
  {
    what: 'the list of tasks in the state of the workflow',
    from: 'lib/operations/backup/capture/capture-work.ts',
    share: (each) => (sizesOf(each).tasks * taskBytes) / MAX_LIST_BYTES,
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

/** Of one element of the list, as PlanBackup writes it, for a component's id of the longest kind: 63 letters. */
const taskBytes = JSON.stringify({ component: 'c'.repeat(63), shard: 47 }).length + 1;

/** What keeps a case from being done in one backup, the first one first: with growing data it is met earliest. */
export const metBy = (
  each: Case,
): { readonly what: string; readonly from: string; readonly share: number }[] =>
  limits
    .map(({ share, ...limit }) => ({ ...limit, share: share(each) }))
    .filter(({ share }) => share > 1)
    .sort((a, b) => b.share - a.share);

/** Source bytes at which a limit is met by a case that grows as a whole; undefined for what does not grow with bytes. */
export const metAt = (each: Case, what: string): number | undefined => {
  const share = limits.find((one) => one.what === what)?.share(each);
  return share === undefined || share === 0 ? undefined : each.sourceBytes / share;
};

interface Costs {
  readonly compute: number;
  readonly requests: number;
  /** Exports of tables; a scan instead. */
  readonly reading: { readonly export: number; readonly scan: number };
  readonly workflow: number;
  readonly logs: number;
  /** Pieces, for the day that they lie beside the archive. */
  readonly staging: number;
  readonly archiveMonth: number;
}

export const costsOf = (each: Case): Costs => {
  const { kind, objects, sourceBytes } = each;
  const sizes = sizesOf(each);
  const seconds = sizes.functionSeconds + sizes.readSeconds + sizes.sealSeconds + sizes.planSeconds;
  const gbSeconds = (seconds * functionTable.capture.memoryMb) / 1024;
  const isTable = kind === 'table';
  return {
    compute: gbSeconds * prices.gbSecond + sizes.calls * prices.invocation,
    // Each object is read, with its tags; each segment is put, copied and read back, and noted in the catalog.
    requests:
      (isTable ? 0 : objects * 2 * prices.s3Get + (objects / 1000) * 2 * prices.s3Put) +
      sizes.segments * (2 * prices.s3Put + prices.s3Get) +
      sizes.checkpoints * 2 * (rates.checkpointBytes / 1000) * prices.dynamoWrite,
    reading: {
      export: isTable ? (sourceBytes / 1e9) * prices.exportGb : 0,
      scan: isTable ? (sourceBytes / 4096) * prices.dynamoRead : 0,
    },
    workflow: sizes.calls * 4 * prices.stateTransition,
    logs: ((sizes.calls * rates.logBytesPerCall) / 1e9) * prices.logGb,
    staging: ((sizes.archiveBytes / 1e9) * prices.storageGbMonth) / 30,
    archiveMonth: (sizes.archiveBytes / 1e9) * prices.storageGbMonth,
  };
};

const time = (seconds: number): string => {
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800 ? `${(seconds / 3600).toFixed(1)} h` : `${Math.round(seconds / 86_400)} d`;
};
const money = (dollars: number): string =>
  dollars < 10 ? `$${dollars.toFixed(2)}` : `$${Math.round(dollars).toLocaleString('en-GB')}`;
const bytes = (count: number): string =>
  count < 1e12 ? `${Math.round(count / 1e9)} GB` : `${(count / 1e12).toFixed(1)} TB`;
const rowsOf = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

export const timeTable = (): string =>
  rowsOf(
    [
      'source',
      'tasks',
      'at once',
      'function time',
      'capture',
      'seal',
      'verify',
      'restore of one component, one function',
    ],
    cases.map((each) => {
      const { tasks, wide, functionSeconds, sealSeconds, verifySeconds, perSecond } = sizesOf(each);
      const ofOne =
        each.kind === 'table'
          ? each.objects / rates.itemsPerSecond
          : each.sourceBytes / each.components / perSecond;
      return [
        ...[each.name, String(tasks), String(wide), time(functionSeconds), time(functionSeconds / wide)],
        ...[time(sealSeconds), time(verifySeconds), time(ofOne)],
      ];
    }),
  );

export const costTable = (): string =>
  rowsOf(
    [
      'source',
      'compute',
      'requests',
      'export (or scan)',
      'workflow',
      'logs',
      'staging, a day',
      'one night',
      'archive kept a month',
    ],
    cases.map((each) => {
      const { compute, requests, reading, workflow, logs, staging, archiveMonth } = costsOf(each);
      const night = compute + requests + reading.export + workflow + logs + staging;
      return [
        ...[each.name, money(compute), money(requests)],
        each.kind === 'table' ? `${money(reading.export)} (${money(reading.scan)})` : '',
        ...[workflow, logs, staging, night, archiveMonth].map(money),
      ];
    }),
  );

export const limitTable = (): string =>
  rowsOf(
    ['source', 'met, the first one first: by how much'],
    cases.map((each) => [
      each.name,
      metBy(each)
        .map(
          ({ what, share }, index) =>
            `${index + 1}. ${what}: ${share < 10 ? share.toFixed(1) : Math.round(share).toLocaleString('en-GB')} times what is possible`,
        )
        .join('; ') || 'none',
    ]),
  );

/** Where growing data meets each limit, for one bucket of objects of a megabyte. */
export const thresholdTable = (): string => {
  const one: Case = { name: '', kind: 'buckets', sourceBytes: 1e12, objects: 1e6, components: 1, width: 40 };
  const rows = limits
    .map(({ what, from }) => ({
      what,
      from,
      at: metAt(one, what),
      dense: metAt({ ...one, compression: 1 }, what),
    }))
    .filter(({ what }) => !/functions at once|components of one|writes a second|list of tasks/.test(what))
    .sort((a, b) => (a.at ?? 0) - (b.at ?? 0));
  return rowsOf(
    ['limit', 'met at, of source', 'of what is compressed already', 'stands in'],
    rows.map(({ what, from, at = 0, dense = 0 }) => [
      what,
      bytes(at),
      bytes(dense),
      from === 'quota' ? 'a quota of AWS' : `\`${from}\``,
    ]),
  );
};

/** How many tasks the workflow's state can hold. */
export const mostTasks = Math.floor(MAX_LIST_BYTES / taskBytes);

/** How many parts of how many bytes an archive may have. */
export const mostArchiveBytes = s3Limits.maxParts * s3Limits.maxPartBytes;

/** By the name that stands before each in docs/scale.md. */
export const generated: Readonly<Record<string, () => string>> = {
  times: timeTable,
  costs: costTable,
  limits: limitTable,
  thresholds: thresholdTable,
};

/** docs/scale.md with its tables as they are now. */
export const withTables = (text: string): string =>
  text.replaceAll(
    /(<!-- (\w+) -->\n)[\s\S]*?(<!-- end -->)/g,
    (whole, begin: string, name: string, end: string) => {
      const table = generated[name];
      return table === undefined ? whole : `${begin}${table()}\n${end}`;
    },
  );

if (import.meta.main) {
  const document = fileURLToPath(new URL('../docs/scale.md', import.meta.url));
  if (process.argv.includes('--write')) writeFileSync(document, withTables(readFileSync(document, 'utf8')));
  else for (const [name, table] of Object.entries(generated)) process.stdout.write(`${name}\n${table()}\n\n`);
}
