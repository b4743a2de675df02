import type { Readable } from 'node:stream';
import type { Skipped } from '../../archive/format.ts';
import { HoldfastError } from '../../model/errors.ts';
import type { Logger } from '../../ports/logger.ts';
import { placeOf, withDatabase } from './connection.ts';
import { applySettings, databaseSettings } from './database-settings.ts';
import { restoreKeeping } from './keep-going.ts';
import { type LockPatience, sessionName } from './lock-watch.ts';
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

/**
 * Carries out a plan. A database that is not there is made under a name of its own, closed to others, and gets its name
 * when all is in it: whatever happens before, there is none of that name.
 *
 * @returns what could not be restored, by name.
 * @throws `restore_refused`, `component_failed` with pg_restore's words, and what reading the archive throws.
 */
export const restoreDatabase = async (
  plan: DatabaseRestorePlan,
  openDump: () => Readable,
  restore: DatabaseRestore,
): Promise<Skipped[]> => {
  const { refusal, target, session, details } = plan;
  if (refusal !== undefined) throw new HoldfastError('restore_refused', refusal);
  if (target.exists) return restoreInto(plan, session, openDump, restore);
  const draft = draftName(restore.restoreId);
  // Of an attempt before this one, which did not come to its end.
  await dropDatabase(target, draft);
  const { database } = session.connection;
  await createDatabase(target.session, { draft, database }, details);
  try {
    const inside = { ...session, connection: withDatabase(session.connection, draft) };
    const skipped = await restoreInto(plan, inside, openDump, restore);
    await openDatabase(target.session, draft);
    const notSet = await applySettings(
      target.session,
      draft,
      databaseSettings(plan.head.entries, plan.decode),
    );
    await nameDatabase(target.session, { draft, database });
    return [...skipped, ...notSet];
  } catch (error) {
    await dropDatabase(target, draft).catch((cause: unknown) => {
      restore.log.warn('the database that the failed restore had made is still there; drop it by hand', {
        database: draft,
        cause: cause instanceof Error ? cause.message : String(cause),
      });
    });
    throw error;
  }
};
