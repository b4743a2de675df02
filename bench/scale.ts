/**
 * docs/scale.md's table: what a nightly backup of a size takes and costs on AWS, from rates that were measured and
 * limits and prices that are published. `node bench/scale.ts` prints it.
 */

/** One function, measured or read; docs/scale.md says where. */
export const rates = {
  /** MiB/s of network a function sustains, whatever its memory. */
  functionMiBPerSecond: 70,
  /** Source bytes for each byte of archive. */
  compression: 3,
  /** MB/s one core compresses, encrypts and hashes (zstd level 1). */
  coreMBPerSecond: 257,
  /** Seconds a task works before it stops at a checkpoint: Lambda's 900 less the reserve. */
  usefulSeconds: 840,
  functionMemoryMb: 1769,
  segmentBytes: 32 * 1024 ** 2,
} as const;

/** US dollars, us-east-1, November 2026, list prices. */
export const prices = {
  /** Lambda, arm64. */
  gbSecond: 0.000_013_333_4,
  invocation: 0.000_000_2,
  stateTransition: 0.000_025,
  s3Put: 0.000_005,
  s3Get: 0.000_000_4,
  dynamoWrite: 0.000_001_25 / 2,
  storageGbMonth: 0.023,
  glacierInstantGbMonth: 0.004,
} as const;

export const limits = {
  /** What a list of tasks may take of it: lib/operations/backup/capture-work.ts refuses more. */
  listBytes: 240_000,
  /** Of one element of the list, as PlanBackup writes it, for a component's id of the longest kind: 63 letters. */
  taskBytes: JSON.stringify({ component: 'c'.repeat(63), shard: 47 }).length + 1,
  /** Functions at once, an account's default. */
  concurrency: 1000,
  objectBytes: 50e12,
  multipartParts: 10_000,
  /** Server-side copies that SealArchive has under way: lib/hosts/aws/s3/multipart-join.ts. */
  copiesAtOnce: 8,
  /** Seconds of one UploadPartCopy of a segment: a request within S3, assumed. */
  copySeconds: 0.25,
  callSeconds: 900,
} as const;

export interface Case {
  readonly name: string;
  readonly sourceBytes: number;
  /** Objects or files in it. */
  readonly objects: number;
  /** Tasks at the same time. */
  readonly width: number;
}

export const cases: readonly Case[] = [
  { name: '100 GB', sourceBytes: 100e9, objects: 1e5, width: 40 },
  { name: '10 TB', sourceBytes: 10e12, objects: 1e7, width: 100 },
  { name: '10 TB', sourceBytes: 10e12, objects: 1e7, width: 1000 },
  { name: '1 PB', sourceBytes: 1e15, objects: 1e9, width: 1000 },
];

export interface Estimate {
  readonly functionSeconds: number;
  readonly captureSeconds: number;
  readonly calls: number;
  readonly archiveBytes: number;
  readonly segments: number;
  /** Reading the archive back, by one function after the other. */
  readonly verifySeconds: number;
  /** Joining the pieces, by one function. */
  readonly sealSeconds: number;
  readonly dollars: { readonly compute: number; readonly requests: number; readonly workflow: number };
  readonly storagePerMonth: number;
}

const MIB = 1024 ** 2;

export const estimate = ({ sourceBytes, objects, width }: Case): Estimate => {
  const network = rates.functionMiBPerSecond * MIB;
  const archiveBytes = sourceBytes / rates.compression;
  // What comes in and what goes out share the function's network; the core is faster than both.
  const perSecond = Math.min(rates.coreMBPerSecond * 1e6, network / (1 + 1 / rates.compression));
  const functionSeconds = sourceBytes / perSecond;
  const calls = Math.max(Math.ceil(functionSeconds / rates.usefulSeconds), Math.min(width, objects));
  const segments = Math.ceil(sourceBytes / rates.segmentBytes);
  const verifySeconds = archiveBytes / network;
  // Neighbours too small for a part travel together; a segment is a part of its own when it is 5 MiB or more.
  const sealSeconds = (segments / limits.copiesAtOnce) * limits.copySeconds;
  const gbSeconds = ((functionSeconds + verifySeconds + sealSeconds) * rates.functionMemoryMb) / 1024;
  return {
    functionSeconds,
    captureSeconds: functionSeconds / width,
    calls,
    archiveBytes,
    segments,
    verifySeconds,
    sealSeconds,
    dollars: {
      compute: gbSeconds * prices.gbSecond + calls * prices.invocation,
      // Each object is read, with its tags; each segment is put, copied and read back, and noted in the catalog.
      requests:
        objects * 2 * prices.s3Get +
        segments * (2 * prices.s3Put + prices.s3Get) +
        (segments / 16) * 4 * prices.dynamoWrite,
      workflow: calls * 4 * prices.stateTransition,
    },
    storagePerMonth: (archiveBytes / 1e9) * prices.storageGbMonth,
  };
};

/** How many tasks the workflow's state can hold. */
export const mostTasks = Math.floor(limits.listBytes / limits.taskBytes);

const time = (seconds: number): string =>
  seconds < 120
    ? `${Math.round(seconds)} s`
    : seconds < 7200
      ? `${Math.round(seconds / 60)} min`
      : seconds < 172_800
        ? `${(seconds / 3600).toFixed(1)} h`
        : `${Math.round(seconds / 86_400)} d`;
const money = (dollars: number): string =>
  dollars < 10 ? `$${dollars.toFixed(2)}` : `$${Math.round(dollars).toLocaleString('en-GB')}`;

export const table = (): string =>
  [
    '| source | tasks at once | function time | capture | seal | verify, one reader | compute | requests | workflow | one night | archive kept a month |',
    '|---|---|---|---|---|---|---|---|---|---|---|',
    ...cases.map((each) => {
      const { functionSeconds, captureSeconds, sealSeconds, verifySeconds, dollars, storagePerMonth } =
        estimate(each);
      const total = dollars.compute + dollars.requests + dollars.workflow;
      const cells = [
        `${each.name}, ${each.objects.toExponential(0).replace('e+', 'e')} objects`,
        String(each.width),
        time(functionSeconds),
        time(captureSeconds),
        time(sealSeconds),
        time(verifySeconds),
        money(dollars.compute),
        money(dollars.requests),
        money(dollars.workflow),
        money(total),
        money(storagePerMonth),
      ];
      return `| ${cells.join(' | ')} |`;
    }),
  ].join('\n');

/** Source that one call of SealArchive can join, before its time is up. */
export const mostSealedBytes =
  (limits.callSeconds / limits.copySeconds) * limits.copiesAtOnce * rates.segmentBytes;

if (import.meta.main)
  process.stdout.write(
    `${table()}\n\nTasks the state can hold: ${mostTasks}\nSource that one call seals: ${(mostSealedBytes / 1e12).toFixed(2)} TB\n`,
  );
