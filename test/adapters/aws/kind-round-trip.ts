/** Runs a component through its kind: plan, capture shard by shard and call by call, seal, open. */

import { JsonLogger } from '../../../lib/adapters/any/json-logger.ts';
import { generateArchiveKey } from '../../../lib/archive/age/age-header.ts';
import type { CapturedGroup, CaptureSink } from '../../../lib/archive/capture/capture-sink.ts';
import type { Head, Skipped } from '../../../lib/archive/format.ts';
import { sealArchiveKey } from '../../../lib/archive/keys/archive-key.ts';
import { generateSigningKey, signBytes } from '../../../lib/archive/keys/signature.ts';
import { bytesSource } from '../../../lib/archive/reader/byte-source.ts';
import { type OpenedArchive, openArchive } from '../../../lib/archive/reader/open.ts';
import { SegmentPool } from '../../../lib/archive/threads/segment-pool.ts';
import { verifyArchive } from '../../../lib/archive/verify/verify.ts';
import { type ReadyMember, SequentialWriter } from '../../../lib/archive/writer/archive-writer.ts';
import type {
  ComponentKind,
  Json,
  PlanTask,
  RestoreTask,
  Shard,
  Task,
} from '../../../lib/components/component-kind.ts';
import { isRetryable } from '../../../lib/model/errors.ts';
import { planWhole } from '../../components/plan-whole.ts';

const createdAt = '2026-11-20T03:00:00.000Z';
const SEGMENT_BYTES = 65_536;

export const pool = new SegmentPool({ size: 2 });

export type Stores = Pick<Task<never>, 'buckets' | 'tables'>;

export const taskOf = <S>(settings: S, stores: Stores): Omit<PlanTask<S>, 'cursor' | 'stopsNext'> => ({
  settings,
  backupId: 'backup-1',
  secrets: { resolve: () => Promise.reject(new Error('no secrets here')) },
  log: new JsonLogger({ level: 'error' }),
  signal: AbortSignal.timeout(120_000),
  own: { paths: [], buckets: [], tables: [] },
  ...stores,
});

export interface CaptureOptions {
  /** The number of checkpoints after which a call stops and the next one continues. @default never */
  readonly stopEvery?: number;
  /** Shards that replace the kind's own plan. */
  readonly shards?: readonly Shard[];
  /** Runs between two calls of one shard. */
  readonly between?: (calls: number) => Promise<void>;
  /**
   * Each segment needs its own key, so large objects are captured faster in larger segments. @default 64 KiB
   */
  readonly segmentBytes?: number;
  /**
   * How often a shard's call is repeated from its last checkpoint after a retryable failure. @default never
   */
  readonly retries?: number;
}

export interface CapturedArchive {
  readonly archive: OpenedArchive;
  readonly identity: string;
  readonly calls: number;
  readonly shards: number;
  readonly skipped: readonly Skipped[];
  readonly skippedCount: number;
  readonly details: Record<string, Json>;
}

/** Backs up one component as the workflow does, and verifies the whole archive. */
export const captureArchive = async <S extends { id: string }>(
  kind: ComponentKind<S>,
  settings: S,
  stores: Stores,
  {
    stopEvery = Number.POSITIVE_INFINITY,
    shards,
    between,
    segmentBytes = SEGMENT_BYTES,
    retries = 0,
  }: CaptureOptions = {},
): Promise<CapturedArchive> => {
  const { identity, recipient } = await generateArchiveKey();
  const task = taskOf(settings, stores);
  await kind.check(task);
  const planned = shards ?? (await planWhole(kind, task)).shards;
  const members: ReadyMember[] = [];
  const groups: CapturedGroup[] = [];
  const details: Record<string, Json> = {};
  let calls = 0;
  for (const shard of planned) {
    let cursor: unknown = null;
    let failed = 0;
    for (let done = false; !done; ) {
      calls += 1;
      let checkpoints = 0;
      let emitted: ReadyMember[] = [];
      const sink: CaptureSink = {
        emit: async ({ member, bytes }) => {
          emitted.push({ member, bytes: [Buffer.concat(bytes)] });
        },
        checkpoint: async (group) => {
          members.push(...emitted);
          emitted = [];
          groups.push(group);
          // The catalog stores the cursor as JSON.
          cursor = JSON.parse(JSON.stringify(group.cursor));
          checkpoints += 1;
          return checkpoints >= stopEvery ? 'stop' : 'continue';
        },
        progress: () => undefined,
      };
      try {
        const captured = await kind.capture({
          ...task,
          shard: JSON.parse(JSON.stringify(shard)),
          cursor,
          pool,
          sink,
          recipient,
          segmentBytes,
          compressionLevel: 1,
        });
        done = captured.done;
        Object.assign(details, captured.details);
      } catch (thrown) {
        failed += 1;
        if (!isRetryable(thrown) || failed > retries) throw thrown;
      }
      if (!done) await between?.(calls);
    }
  }
  const archive = await seal(settings.id, kind.kind, {
    identity,
    recipient,
    members,
    groups,
    details,
    segmentBytes,
  });
  await verifyArchive(archive, { identity, pool });
  const skipped = groups.flatMap((group) => group.skipped);
  const skippedCount = groups.reduce((sum, group) => sum + group.skippedCount, 0);
  return { archive, identity, calls, shards: planned.length, skipped, skippedCount, details };
};

interface Captured {
  identity: string;
  recipient: string;
  members: ReadyMember[];
  groups: CapturedGroup[];
  details: Record<string, Json>;
  segmentBytes: number;
}

const seal = async (id: string, kind: string, captured: Captured): Promise<OpenedArchive> => {
  const { identity, recipient, groups, details, segmentBytes } = captured;
  const sum = (of: (group: CapturedGroup) => number) => groups.reduce((total, group) => total + of(group), 0);
  const head: Head = {
    format: 1,
    backupId: 'test-1',
    installation: 'test',
    createdAt,
    createdBy: 'test',
    description: '',
    scope: 'system',
    domain: 'root',
    productVersion: '0.1.0',
    archiveKey: recipient,
    segmentBytes,
  };
  const parts: Uint8Array[] = [];
  const writer = new SequentialWriter(head, (bytes) => parts.push(...bytes));
  await writer.begin({ components: [] });
  for (const ready of captured.members) await writer.add(ready);
  const signing = generateSigningKey();
  const skippedCount = sum((group) => group.skippedCount);
  await writer.end(
    {
      completedAt: createdAt,
      encryption: { mode: 'key', keyId: 'k' },
      components: {
        [id]: {
          kind,
          layout: 'tar',
          outcome: skippedCount === 0 ? 'complete' : 'partial',
          capturedAt: createdAt,
          sourceBytes: sum((group) => group.sourceBytes),
          entries: sum((group) => group.entries),
          skippedCount,
          skipped: groups.flatMap((group) => group.skipped).slice(0, 100),
          details,
        },
      },
      sealedKey: await sealArchiveKey(identity, { recipients: [recipient] }),
    },
    { verifyKey: signing.verifyKey, sign: async (message) => signBytes(message, signing.signingKey) },
  );
  const source = bytesSource(Buffer.concat(parts));
  return openArchive(source, { trust: (key) => key === signing.verifyKey });
};

export const restoreTask = <S extends { id: string }>(
  settings: S,
  stores: Stores,
  { archive, identity }: CapturedArchive,
  { target, existing = 'refuse' }: { target: string; existing?: RestoreTask<S>['existing'] },
): RestoreTask<S> => ({
  ...taskOf(settings, stores),
  restoreId: 'restore-1',
  archive,
  component: settings.id,
  identity,
  pool,
  target,
  existing,
  setuid: true,
  allowDrop: false,
  checkHashes: true,
  rootAttributes: true,
  cursor: null,
  progress: () => undefined,
  checkpointDue: () => false,
  checkpoint: async () => 'continue',
});
