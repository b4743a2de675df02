import type { Readable } from 'node:stream';
import type { Skipped } from '../../../archive/format.ts';
import { HoldfastError } from '../../../model/errors.ts';
import type { Logger } from '../../../ports/logger.ts';
import type { DatabaseRestorePlan } from '../plan/restore-plan.ts';
import { placeOf, withDatabase } from '../server/connection.ts';
import { applySettings, databaseSettings } from '../server/database-settings.ts';
import {
  DEFAULT_LOCK_PATIENCE,
  type LockPatience,
  sessionName,
  underLockWatch,
  withSessionName,
} from '../server/lock-watch.ts';
import type { Session } from '../server/psql.ts';
import {
  carryOver,
  type Exchange,
  exchangeDatabases,
  formerName,
  oldName,
  renameDatabase,
} from './exchange.ts';
import { restoreKeeping } from './keep-going.ts';
import {
  createDatabase,
  draftName,
  dropDatabase,
  isDatabase,
  nameDatabase,
  openDatabase,
} from './new-database.ts';
import { runPgRestore } from './pg-restore.ts';

export interface DatabaseRestore {
  readonly restoreId: string;
  readonly log: Logger;
  /** Called with the number of dump bytes that go to pg_restore. */
  readonly onBytes: (bytes: number) => void;
  /** Most sessions at a time, in a restore past errors. */
  readonly jobs: number;
  /** Size from which a table's indexes and keys get a session of their own there. @default LARGE_BYTES */
  readonly largeBytes?: number;
  /** @default DEFAULT_LOCK_PATIENCE */
  readonly patience?: LockPatience;
}

/** Time limit for dropping a large database, which only has its files left to remove. */
const DROP_SECONDS = 600;

/** Restores as the plan says: in one transaction, or past errors, which are returned. */
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
  await underLockWatch(run, (watched) =>
    runPgRestore({ ...run, session: watched, dump: openDump(), wholly }),
  );
  return [];
};

/** A database made under a temporary name, and dropped again if anything fails before it gets its final one. */
const withDraft = async <T>(
  { target: { major }, details }: DatabaseRestorePlan,
  { session, database }: { session: Session; database: string },
  { restoreId, log }: DatabaseRestore,
  use: (draft: string) => Promise<T>,
): Promise<T> => {
  const draft = draftName(restoreId);
  // Left by an earlier attempt that did not finish.
  await dropDatabase({ session, major }, draft);
  await createDatabase(session, { draft, database }, details);
  try {
    return await use(draft);
  } catch (error) {
    await dropDatabase({ session, major }, draft).catch((cause: unknown) => {
      log.warn('the database that the failed restore created still exists; drop it by hand', {
        database: draft,
        cause: cause instanceof Error ? cause.message : String(cause),
      });
    });
    throw error;
  }
};

/** Lets the sessions of a crashed restore be recognised and ended. */
const ofRestore = (plan: DatabaseRestorePlan, restoreId: string): DatabaseRestorePlan => {
  const named = (session: Session): Session => ({
    ...session,
    connection: withSessionName(session.connection, sessionName(restoreId)),
  });
  const { session, target, exchange } = plan;
  return {
    ...plan,
    session: named(session),
    target: { ...target, session: named(target.session) },
    exchange: exchange === undefined ? undefined : { ...exchange, beside: named(exchange.beside) },
  };
};

/** Restores all or nothing over an existing database: by one beside it, which takes its name. */
const restoreBeside = async (
  plan: DatabaseRestorePlan,
  exchange: Exchange,
  openDump: () => Readable,
  restore: DatabaseRestore,
): Promise<Skipped[]> => {
  const { beside } = exchange;
  const { connection } = plan.session;
  const { database } = connection;
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
    const former = formerName(restore.restoreId);
    await exchangeDatabases(exchange, { database, draft, former }, { patience, log });
  });
  await dropFormer(plan, beside, restore);
  return [];
};

/** The exchange is done; the rest of the former database only takes room. */
const dropFormer = async (
  { target: { major } }: DatabaseRestorePlan,
  session: Session,
  { restoreId, log }: DatabaseRestore,
): Promise<void> => {
  const [former, old] = [formerName(restoreId), oldName(restoreId)];
  try {
    if (await isDatabase(session, former)) await renameDatabase(session, former, old);
    await dropDatabase({ session, major }, old, DROP_SECONDS);
  } catch (cause) {
    log.warn('the former database still exists under another name; drop it by hand', {
      databases: [former, old],
      cause: cause instanceof Error ? cause.message : String(cause),
    });
  }
};

/**
 * An earlier attempt may have crashed after the exchange: everything is in place, and the former database is checked
 * and dropped.
 *
 * @returns whether that was the case.
 * @throws `component_failed` when the former database holds something else, or cannot be checked now.
 */
const endFormerExchange = async (plan: DatabaseRestorePlan, restore: DatabaseRestore): Promise<boolean> => {
  const { session } = plan.target;
  const [former, old] = [formerName(restore.restoreId), oldName(restore.restoreId)];
  if (!(await isDatabase(session, former))) {
    if (!(await isDatabase(session, old))) return false;
  } else {
    const { exchange } = plan;
    const inside = { ...session, connection: withDatabase(session.connection, former) };
    const why = exchange === undefined ? 'it could not be read' : await exchange.obstacle(inside);
    if (why !== undefined)
      throw new HoldfastError(
        'component_failed',
        `an attempt of this restore put ${placeOf(session.connection)} in place and was interrupted; the previous database is now "${former}", and was not dropped: ${why}; see whether it has anything that the new one does not have, then drop it`,
      );
  }
  await dropFormer(plan, session, restore);
  return true;
};

/**
 * Carries out a plan. A missing database is made under a temporary name, closed to others, and gets its final name when
 * it is complete: until then, that name does not exist or belongs to the former database.
 *
 * @returns what could not be restored, by name.
 * @throws `restore_refused`, `component_failed` with pg_restore's message, and what reading the archive throws.
 */
export const restoreDatabase = async (
  asked: DatabaseRestorePlan,
  openDump: () => Readable,
  restore: DatabaseRestore,
): Promise<Skipped[]> => {
  if (asked.refusal !== undefined) throw new HoldfastError('restore_refused', asked.refusal);
  const plan = ofRestore(asked, restore.restoreId);
  const { target, session, exchange } = plan;
  if (target.exists && (await endFormerExchange(plan, restore))) return [];
  if (exchange !== undefined) return restoreBeside(plan, exchange, openDump, restore);
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
