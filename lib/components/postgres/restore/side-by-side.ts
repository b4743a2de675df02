/**
 * Restores past errors with several sessions: one pg_restore reads the rows as one stream. The entries after them
 * (indexes, keys, filled views) need only the table of contents, so several pg_restores run at a time, each with its
 * own part.
 */
import * as z from 'zod';
import type { Logger } from '../../../ports/logger.ts';
import { type DumpEntry, type DumpHead, isSetting } from '../dump/dump-head.ts';
import type { Decode } from '../dump/dump-text.ts';
import type { LockPatience } from '../server/lock-watch.ts';
import { queryJson, type Session } from '../server/psql.ts';
import { sql } from '../server/sql.ts';
import { TableTree } from '../server/table-locks.ts';
import { type Batch, mayBegin, splitAfterRows, stepsAfterRows } from './after-rows.ts';
import { NotConnected } from './pg-restore.ts';
import type { EntryError } from './restore-errors.ts';
import { type PassRun, restorePass } from './restore-pass.ts';

export interface SideBySide extends PassRun {
  /** Most sessions at a time. With 1, it works like pg_restore alone. */
  readonly jobs: number;
  /** The sessions' application name at the server. */
  readonly name: string;
  readonly log: Logger;
  readonly patience?: LockPatience | undefined;
  /** Size from which a table's indexes and keys get a session of their own. @default LARGE_BYTES */
  readonly largeBytes?: number | undefined;
}

/** A smaller index is built in less time than a pg_restore takes to start. */
const LARGE_BYTES = 4 * 1024 * 1024;

/** Sizes of the large tables of a database, by schema and name in JSON. */
const queryLargeTables = async (
  session: Session,
  largeBytes: number,
): Promise<ReadonlyMap<string, number>> => {
  const found = await queryJson(
    session,
    z.array(z.object({ name: z.tuple([z.string(), z.string()]), bytes: z.number() })),
    sql`SELECT coalesce(json_agg(json_build_object('name', json_build_array(t.nspname, t.relname), 'bytes', t.bytes)), '[]')
      FROM (SELECT n.nspname, c.relname, greatest(pg_relation_size(c.oid), 1) AS bytes
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'r' AND c.oid >= 16384) t
      WHERE t.bytes >= ${String(largeBytes)}::bigint`,
  );
  return new Map(found.map(({ name, bytes }) => [JSON.stringify(name), bytes]));
};

/** A partitioned table counts with the rows of its partitions. */
const bytesByTable = (
  entries: readonly DumpEntry[],
  large: ReadonlyMap<string, number>,
  { tree, decode }: { tree: TableTree; decode: Decode },
): ((table: DumpEntry) => number) => {
  const bytes = new Map<number, number>();
  if (large.size > 0)
    for (const table of entries) {
      if (table.description !== 'TABLE') continue;
      const own = large.get(JSON.stringify([decode(table.schema ?? ''), decode(table.tag)])) ?? 0;
      if (own === 0) continue;
      for (const { id } of [table, ...tree.ancestors(table)]) bytes.set(id, (bytes.get(id) ?? 0) + own);
    }
  return ({ id }) => bytes.get(id) ?? 0;
};

/**
 * Runs the batches of one step, the largest first. When the server accepts no more connections, fewer run at a time.
 *
 * @throws the first error, once all have ended: a failing batch ends the others.
 */
const runStep = async (
  restore: SideBySide,
  head: DumpHead,
  batches: readonly Batch[],
): Promise<readonly EntryError[]> => {
  const over = new AbortController();
  const session = { ...restore.session, signal: AbortSignal.any([restore.session.signal, over.signal]) };
  const settings = head.entries.filter(isSetting);
  const waiting = batches.toSorted((a, b) => b.bytes - a.bytes);
  const running = new Map<Batch, Promise<void>>();
  const errors: EntryError[] = [];
  let jobs = restore.jobs;
  let failed: { readonly cause: unknown } | undefined;
  const start = async (batch: Batch, allowed: number): Promise<void> => {
    try {
      const own = { ...head, entries: [...settings, ...batch.entries] };
      for (const error of await restorePass({ ...restore, session }, own)) errors.push(error);
    } catch (cause) {
      if (cause instanceof NotConnected && allowed > 1 && failed === undefined) {
        jobs = Math.max(1, Math.min(jobs - 1, running.size - 1));
        waiting.push(batch);
        restore.log.warn('the server accepts no more connections for the restore, so it uses fewer', {
          jobs,
        });
      } else {
        failed ??= { cause };
        over.abort(cause);
      }
    } finally {
      running.delete(batch);
    }
  };
  for (;;) {
    while (failed === undefined && running.size < jobs) {
      const at = waiting.findIndex((batch) => mayBegin(batch, running.keys()));
      const [next] = at < 0 ? [] : waiting.splice(at, 1);
      if (next === undefined) break;
      // Recorded as running before it can end.
      const allowed = jobs;
      running.set(
        next,
        Promise.resolve().then(() => start(next, allowed)),
      );
    }
    if (running.size === 0) break;
    await Promise.race(running.values());
  }
  if (failed !== undefined) throw failed.cause;
  return errors;
};

/** Runs failed entries once more and alone: the server ends one of two sessions that waited for each other. */
const alone = async (
  restore: SideBySide,
  head: DumpHead,
  errors: readonly EntryError[],
): Promise<readonly EntryError[]> => {
  const failed = new Set(errors.map(({ entryId }) => entryId));
  const entries = head.entries.filter((entry) => isSetting(entry) || failed.has(entry.id));
  return failed.size === 0 ? [] : restorePass(restore, { ...head, entries });
};

/**
 * Restores all entries of `head` once, past errors.
 *
 * @returns the errors, as one pg_restore alone would have them.
 * @throws as `restorePass`.
 */
export const restoreSideBySide = async (
  restore: SideBySide,
  head: DumpHead,
): Promise<readonly EntryError[]> => {
  if (restore.jobs === 1) return restorePass(restore, head);
  const { rows, after } = splitAfterRows(head.entries);
  const errors = await restorePass(restore, { ...head, entries: rows });
  const tree = new TableTree(head.entries);
  const large = await queryLargeTables(restore.session, restore.largeBytes ?? LARGE_BYTES);
  const bytesOf = bytesByTable(head.entries, large, { tree, decode: restore.decode });
  const steps = stepsAfterRows(after, { tree, jobs: restore.jobs, bytesOf });
  let later: readonly EntryError[] = [];
  for (const step of steps) later = [...later, ...(await runStep(restore, head, step))];
  if (steps.some(({ length }) => length > 1)) later = await alone(restore, head, later);
  return [...errors, ...later];
};
