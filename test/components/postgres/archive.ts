/** Makes an archive of one database in memory with the kind itself, and provides the tasks for it. */

import type { Existing } from '../../../lib/archive/destination/existing.ts';
import { componentSummarySchema } from '../../../lib/archive/format.ts';
import {
  ArchiveWriter,
  bytesSource,
  type ComponentSummary,
  generateArchiveKey,
  generateBackupKey,
  generateSigningKey,
  type Head,
  type Member,
  type OpenedArchive,
  openArchive,
  type ReadyMember,
  sealArchiveKey,
  signBytes,
} from '../../../lib/archive/index.ts';
import { SegmentPool } from '../../../lib/archive/threads/segment-pool.ts';
import type { CaptureTask, ComponentKind, RestoreTask } from '../../../lib/components/component-kind.ts';
import { DUMP_NAME } from '../../../lib/components/postgres/dump/dump.ts';
import { postgres } from '../../../lib/components/postgres/postgres.ts';
import type { PostgresSettings } from '../../../lib/model/components/postgres.ts';
import type { Logger } from '../../../lib/ports/logger.ts';
import { keptLog, postgresSettings, secretsOf } from './sample.ts';

export const pool = new SegmentPool({ size: 2 });
/** Options of a restore from what `backUp` made. */
export type RestoreOptions = BackUpOptions & {
  readonly target: string;
  readonly existing?: Existing;
  readonly allowDrop?: boolean;
  readonly allOrNothing?: boolean;
  /** @default 4 */
  readonly restoreSessions?: number;
  /** Secrets in addition to the component's own. */
  readonly secrets?: Readonly<Record<string, string>>;
};

export const restoreTask = (
  { archive, identity }: DatabaseArchive,
  options: RestoreOptions,
): RestoreTask<PostgresSettings> => ({
  ...taskOf(options),
  settings: {
    ...postgresSettings({ env: 'APP_URL' }),
    ...(options.restoreSessions !== undefined && { restoreSessions: options.restoreSessions }),
  },
  secrets: secretsOf({ APP_URL: options.url, ...options.secrets }),
  restoreId: 'restore-6f9619ff-8b86-4011-b42d-00c04fc964ff',
  archive,
  component: 'database',
  identity,
  pool,
  target: options.target,
  existing: options.existing ?? 'overwrite',
  setuid: true,
  allowDrop: options.allowDrop ?? false,
  allOrNothing: options.allOrNothing,
  checkHashes: true,
  rootAttributes: true,
  cursor: null,
  progress: () => {},
  checkpointDue: () => false,
  checkpoint: async () => 'continue',
});

export interface DatabaseArchive {
  readonly file: Buffer;
  readonly archive: OpenedArchive;
  readonly identity: string;
  readonly summary: ComponentSummary;
  /** The same archive, sealed and signed again with other details about the database. */
  withDetails(details: Readonly<Record<string, unknown>>, passphrase?: string): Promise<DatabaseArchive>;
}

export interface BackUpOptions {
  readonly url: string;
  readonly kind?: ComponentKind<PostgresSettings>;
  readonly signal?: AbortSignal;
  readonly log?: Logger;
  /** The capture waits for this before it counts a member as written: a test can act here during the dump. */
  readonly onMember?: (member: Member) => Promise<void>;
}

const SEGMENT_BYTES = 1024 * 1024;
const createdAt = '2026-11-20T03:00:00.000Z';

export const taskOf = ({ url, signal, log }: BackUpOptions) => ({
  backupId: 'backup-1',
  settings: postgresSettings({ env: 'APP_URL' }),
  secrets: secretsOf({ APP_URL: url }),
  signal: signal ?? new AbortController().signal,
  log: log ?? keptLog().log,
  own: { paths: [], buckets: [], tables: [] },
});

/** Opens an archive and trusts any signer. */
export const openFile = (file: Buffer): Promise<OpenedArchive> =>
  openArchive(bytesSource(file), { trust: () => true });

/** Captures as a backup does, then seals and opens the archive. */
export const backUp = async (options: BackUpOptions): Promise<DatabaseArchive> => {
  const { kind = postgres, onMember = async () => {} } = options;
  const archiveKey = await generateArchiveKey();
  const captured: ReadyMember[] = [];
  let sourceBytes = 0;
  const task: CaptureTask<PostgresSettings> = {
    ...taskOf(options),
    shard: { shard: 0, shards: 1, work: null },
    cursor: null,
    pool,
    recipient: archiveKey.recipient,
    segmentBytes: SEGMENT_BYTES,
    compressionLevel: 1,
    sink: {
      emit: async ({ member, bytes }) => {
        await onMember(member);
        captured.push({ member, bytes: [Buffer.concat(bytes)] });
      },
      checkpoint: async (group) => {
        sourceBytes += group.sourceBytes;
        return 'continue';
      },
      progress: () => {},
    },
  };
  const { details } = await kind.capture(task);
  const head: Head = {
    format: 1,
    backupId: 'nightly-6f9619ff-8b86-4011-b42d-00c04fc964ff',
    installation: 'acme',
    createdAt,
    createdBy: 'test',
    description: '',
    scope: 'system',
    domain: 'root',
    productVersion: '0.1.0',
    archiveKey: archiveKey.recipient,
    segmentBytes: SEGMENT_BYTES,
  };
  const writer = new ArchiveWriter(head);
  const begin = writer.begin({
    components: [{ id: 'database', kind: 'postgres', layout: 'stream', stream: DUMP_NAME }],
  });
  const backupKey = await generateBackupKey();
  const { signingKey, verifyKey } = generateSigningKey();
  const sealed: DatabaseArchive['withDetails'] = async (said, passphrase) => {
    const opens = passphrase === undefined ? { recipients: [backupKey.recipient] } : { passphrase, logN: 10 };
    const summary: ComponentSummary = {
      kind: 'postgres',
      layout: 'stream',
      stream: DUMP_NAME,
      outcome: 'complete',
      capturedAt: createdAt,
      sourceBytes,
      entries: 1,
      skippedCount: 0,
      skipped: [],
      details: componentSummarySchema.shape.details.parse({ ...details, ...said }),
    };
    const tail = await writer.end(
      {
        completedAt: createdAt,
        encryption: passphrase === undefined ? { mode: 'key', keyId: 'key' } : { mode: 'passphrase' },
        components: { database: summary },
        members: [...begin.members, ...captured.map(({ member }) => member)],
        sealedKey: await sealArchiveKey(archiveKey.identity, opens),
      },
      { verifyKey, sign: async (message) => signBytes(message, signingKey) },
    );
    const file = Buffer.concat([
      begin.bytes,
      ...captured.flatMap((ready) => writer.frame(ready)),
      tail.bytes,
    ]);
    return {
      file,
      archive: await openFile(file),
      identity: archiveKey.identity,
      summary,
      withDetails: sealed,
    };
  };
  return sealed({});
};
