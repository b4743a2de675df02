/**
 * The kind `postgres`: one database, dumped by pg_dump's custom format as one stream and restored by pg_restore, in one
 * transaction or past errors. `docs/components/postgres.md` lists what is kept and what is not.
 */
import type { Readable } from 'node:stream';
import { captureStream } from '../../archive/capture/capture-stream.ts';
import { extractStream } from '../../archive/extract/extract-stream.ts';
import { NAMED_SKIPPED } from '../../archive/manifest-bounds.ts';
import type { PostgresSettings } from '../../model/components/postgres.ts';
import { HoldfastError } from '../../model/errors.ts';
import { captureOptions } from '../capture-options.ts';
import type {
  CaptureResult,
  CaptureTask,
  ComponentKind,
  RestoreResult,
  RestoreTask,
} from '../component-kind.ts';
import { logLeftOut } from '../left-out.ts';
import { DUMP_NAME, dumpDatabase } from './dump/dump.ts';
import {
  type DumpDetails,
  dumpDetailsSchema,
  openSource,
  queryDetails,
  queryExpectedBytes,
  queryRowsNotHere,
  queryUnfilled,
} from './dump/source-database.ts';
import { planDatabaseRestore } from './plan/restore-plan.ts';
import { checkTargetName, ownTarget, settingsFromTargetName } from './plan/target-name.ts';
import { restoreDatabase } from './restore/restore-database.ts';
import { databaseIdentity } from './server/database-identity.ts';
import { endRestoreSessions } from './server/end-sessions.ts';
import type { LockPatience } from './server/lock-watch.ts';
import type { Session } from './server/psql.ts';

export interface PostgresOptions {
  /** Folders to search for PostgreSQL's client programs. @default the folders of known packages, then PATH */
  readonly toolFolders?: readonly string[];
  /** @default DEFAULT_LOCK_PATIENCE */
  readonly patience?: LockPatience;
  /** Size from which a restore gives a table's indexes and keys a session of their own. @default LARGE_BYTES */
  readonly largeBytes?: number;
}

const fragility = (what: string): string =>
  `${what}, which names things without their schema and does not set search_path: a restore all at once may fail there`;

/** @throws `component_failed` when the configuration says so. */
const rowsNotHere = (
  { onUnlogged }: PostgresSettings,
  tables: readonly string[],
): Pick<CaptureResult, 'doubts' | 'warnings'> => {
  const told = tables.map(
    (table) =>
      `the rows of table ${table} are not in the backup: the table is unlogged, and this server is a standby, which does not have them; back up the primary server`,
  );
  if (onUnlogged === 'fail' && told[0] !== undefined)
    throw new HoldfastError('component_failed', `${told[0]} (tables: ${tables.length})`);
  return onUnlogged === 'allow' ? { warnings: told } : { doubts: told };
};

const captureDump = async (
  task: CaptureTask<PostgresSettings>,
  session: Session,
  details: DumpDetails,
): Promise<void> => {
  // pg_dump ends with the capture, however that ends, even while it waits for a lock and gives nothing to read.
  const over = new AbortController();
  const signal = AbortSignal.any([task.signal, over.signal]);
  try {
    await captureStream({
      ...captureOptions(task),
      stream: DUMP_NAME,
      content: dumpDatabase({ ...session, signal }, details),
    });
  } finally {
    over.abort();
  }
};

const capture = async (
  task: CaptureTask<PostgresSettings>,
  toolFolders: PostgresOptions['toolFolders'],
): Promise<CaptureResult> => {
  const { session } = await openSource(task, toolFolders);
  const details = await queryDetails(session);
  const { doubts, warnings = [] } = rowsNotHere(task.settings, await queryRowsNotHere(session));
  // A dump has one checkpoint, at its end: a call with its cursor has the whole dump already.
  if (task.cursor === null || task.cursor === undefined) await captureDump(task, session, details);
  return {
    done: true,
    details: { ...details },
    ...(doubts === undefined ? {} : { doubts }),
    warnings: [...warnings, ...details.fragile.map(fragility), ...(await queryUnfilled(session))],
  };
};

/** Returns what opens the dump in the archive, from its beginning. */
const dumpIn =
  ({ archive, component, identity, pool, checkHashes, signal }: RestoreTask<PostgresSettings>) =>
  (): Readable =>
    extractStream({ archive, component, identity, pool, checkHashes, signal });

const restore = async (
  task: RestoreTask<PostgresSettings>,
  { toolFolders, patience, largeBytes }: PostgresOptions,
): Promise<RestoreResult> => {
  const plan = await planDatabaseRestore(task, dumpIn(task), toolFolders);
  const { restoreId, log } = task;
  let bytes = 0;
  const failed = await restoreDatabase(plan, dumpIn(task), {
    restoreId,
    log,
    jobs: task.settings.restoreSessions,
    onBytes: (more) => {
      bytes += more;
      task.progress({ bytes, entries: 0 });
    },
    ...(patience === undefined ? {} : { patience }),
    ...(largeBytes === undefined ? {} : { largeBytes }),
  });
  task.progress({ bytes, entries: 1 });
  const skipped = [...plan.skipped, ...failed];
  skipped.forEach(logLeftOut(log));
  return {
    done: true,
    bytes,
    entries: 1,
    skipped: skipped.slice(0, NAMED_SKIPPED),
    skippedCount: skipped.length,
  };
};

/** The kind with other tools or another patience than usual. */
export const postgresWith = (options: PostgresOptions): ComponentKind<PostgresSettings> => {
  const { toolFolders } = options;
  return {
    kind: 'postgres',
    content: { layout: 'stream', stream: DUMP_NAME },
    details: dumpDetailsSchema,
    target: ownTarget,
    checkTarget: checkTargetName,
    identify: (named) => databaseIdentity(named, toolFolders),
    settingsFromTarget: settingsFromTargetName,
    check: async (task) => {
      await openSource(task, toolFolders);
    },
    plan: async (task) => {
      const { session } = await openSource(task, toolFolders);
      return {
        shards: [{ shard: 0, shards: 1, work: null }],
        expectedBytes: await queryExpectedBytes(session),
      };
    },
    capture: (task) => capture(task, toolFolders),
    planRestore: async (task) => (await planDatabaseRestore(task, dumpIn(task), toolFolders)).plan,
    restore: (task) => restore(task, options),
    // Also drops the database that the restore had made, under a name that nobody else knows yet.
    cleanUp: (task) => endRestoreSessions(task, toolFolders),
  };
};

export const postgres = postgresWith({});
