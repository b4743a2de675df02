import type { Readable } from 'node:stream';
import type { Skipped } from '../../archive/format.ts';
import { HoldfastError } from '../../model/errors.ts';
import type { Logger } from '../../ports/logger.ts';
import { placeOf, withDatabase } from './connection.ts';
import { applySettings, databaseSettings } from './database-settings.ts';
import {
  carryOver,
  type Exchange,
  exchangeDatabases,
  formerName,
  oldName,
  renameDatabase,
} from './exchange.ts';
import { restoreKeeping } from './keep-going.ts';
import { DEFAULT_LOCK_PATIENCE, type LockPatience, sessionName } from './lock-watch.ts';
import { createDatabase, draftName, dropDatabase, nameDatabase, openDatabase } from './new-database.ts';
import { runPgRestore } from './pg-restore.ts';
import type { Session } from './psql.ts';
import type { DatabaseRestorePlan } from './restore-plan.ts';

export interface DatabaseRestore {
  readonly restoreId: string;
  readonly log: Logger;
  /** Bytes of the dump, as they go to pg_restore. */
  readonly onBytes: (bytes: number) => void;
  /** @default DEFAULT_LOCK_PATIENCE */
  readonly patience?: LockPatience;
}

/** A large database takes its time to go; its files are all that is left to do. */
const DROP_SECONDS = 600;

/** As the plan says: in one transaction, or past errors, which are answered. */
const restoreInto = async (
  plan: DatabaseRestorePlan,
  session: Session,
  openDump: () => Readable,
  { restoreId, ...restore }: DatabaseRestore,
): Promise<Skipped[]> => {
  const { head, headLength, decode, details, wholly } = plan;
  const run = {
    ...{ ...restore, session, head, headLength, decode, name: sessionName(restoreId) },
    place: placeOf(plan.session.connection),
  };
  if (!wholly) return restoreKeeping({ ...run, openDump, searchPath: details.searchPath });
  await runPgRestore({ ...run, dump: openDump(), wholly });
  return [];
};

/** A database made under a name of its own, and dropped again where anything fails before it has another one. */
const withDraft = async <T>(
  { target: { major }, details }: DatabaseRestorePlan,
  { session, database }: { session: Session; database: string },
  { restoreId, log }: DatabaseRestore,
  use: (draft: string) => Promise<T>,
): Promise<T> => {
  const draft = draftName(restoreId);
  // Of an attempt before this one, which did not come to its end.
  await dropDatabase({ session, major }, draft);
  await createDatabase(session, { draft, database }, details);
  try {
    return await use(draft);
  } catch (error) {
    await dropDatabase({ session, major }, draft).catch((cause: unknown) => {
      log.warn('the database that the failed restore had made is still there; drop it by hand', {
        database: draft,
        cause: cause instanceof Error ? cause.message : String(cause),
      });
    });
    throw error;
  }
};

/** All or nothing, over a database that is there: by one beside it, which takes its name. */
const restoreBeside = async (
  plan: DatabaseRestorePlan,
  exchange: Exchange,
  openDump: () => Readable,
  restore: DatabaseRestore,
): Promise<Skipped[]> => {
  const { beside } = exchange;
  const { connection } = plan.session;
  const { database } = connection;
  const [former, old] = [formerName(restore.restoreId), oldName(restore.restoreId)];
  await withDraft(plan, { session: beside, database }, restore, async (draft) => {
    const inside = { ...plan.session, connection: withDatabase(connection, draft) };
    const [failed, ...more] = await restoreInto({ ...plan, wholly: false }, inside, openDump, restore);
    if (failed !== undefined)
      throw new HoldfastError(
        'component_failed',
        `the restore into ${placeOf(connection)} failed, and nothing there was changed: ${failed.path}: ${failed.reason}${more.length > 0 ? `, and ${more.length} more` : ''}`,
      );
    await carryOver(beside, { database, draft });
    const { patience = DEFAULT_LOCK_PATIENCE, log } = restore;
    await exchangeDatabases(exchange, { database, draft, former }, { patience, log });
  });
  // All is done; what is left of the former one takes room only.
  try {
    await renameDatabase(beside, former, old);
    await dropDatabase({ session: beside, major: plan.target.major }, old, DROP_SECONDS);
  } catch (cause) {
    restore.log.warn('the former database is still there under another name; drop it by hand', {
      databases: [former, old],
      cause: cause instanceof Error ? cause.message : String(cause),
    });
  }
  return [];
};

/**
 * Carries out a plan. A database that is not there is made under a name of its own, closed to others, and gets its name
 * when all is in it: whatever happens before, there is none of that name, or it is the former one.
 *
 * @returns what could not be restored, by name.
 * @throws `restore_refused`, `component_failed` with pg_restore's words, and what reading the archive throws.
 */
export const restoreDatabase = async (
  plan: DatabaseRestorePlan,
  openDump: () => Readable,
  restore: DatabaseRestore,
): Promise<Skipped[]> => {
  const { refusal, target, session } = plan;
  if (refusal !== undefined) throw new HoldfastError('restore_refused', refusal);
  if (plan.exchange !== undefined) return restoreBeside(plan, plan.exchange, openDump, restore);
  if (target.exists) return restoreInto(plan, session, openDump, restore);
  const { database } = session.connection;
  return withDraft(plan, { session: target.session, database }, restore, async (draft) => {
    const inside = { ...session, connection: withDatabase(session.connection, draft) };
    const skipped = await restoreInto(plan, inside, openDump, restore);
    await openDatabase(target.session, draft);
    const settings = databaseSettings(plan.head.entries, plan.decode);
    const notSet = await applySettings(target.session, draft, settings);
    await nameDatabase(target.session, { draft, database });
    return [...skipped, ...notSet];
  });
};
