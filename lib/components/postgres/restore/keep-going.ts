/**
 * Restores into a database made for it, past errors: as much as possible is restored, and the rest is named. Failed
 * entries are tried again, since many only came too early: they read a later table, or one that a function names
 * without its schema, as the source's search path allowed.
 */
import * as z from 'zod';
import type { Skipped } from '../../../archive/format.ts';
import { HoldfastError } from '../../../model/errors.ts';
import { type DumpEntry, type DumpHead, highestId, isSetting } from '../dump/dump-head.ts';
import { type Decode, quotedNames, statementsIn } from '../dump/dump-text.ts';
import { entryPath } from '../plan/held-objects.ts';
import { lendersIn, withOwnerAtOnce, withoutOwner } from '../plan/role-edits.ts';
import { underLockWatch } from '../server/lock-watch.ts';
import { executeBuilt, queryJson } from '../server/psql.ts';
import { sql } from '../server/sql.ts';
import { byEntry, restorePass } from './restore-pass.ts';
import { restoreSideBySide, type SideBySide } from './side-by-side.ts';

export interface KeepGoing extends SideBySide {
  readonly head: DumpHead;
  /** The source's search path, for which its functions were written. */
  readonly searchPath: string;
}

/**
 * Most passes, each with fewer failures than the last. More are useless: what is left then depends on entries that
 * never succeed.
 */
const MAX_PASSES = 5;
const isAcl = ({ description }: DumpEntry): boolean => description === 'ACL' || description === 'DEFAULT ACL';

/**
 * Makes each statement that grants or revokes an entry of its own, so that a failing grant does not prevent another
 * one, or a revoke.
 */
export const grantsApart = (head: DumpHead): DumpHead => {
  let id = highestId(head.entries);
  const entries = head.entries.flatMap((entry): DumpEntry[] => {
    if (!isAcl(entry)) return [entry];
    const groups: string[] = [];
    let open = false;
    for (const statement of statementsIn(entry.definition ?? '')) {
      if (open) groups.push(`${groups.pop() ?? ''}${statement}\n`);
      else groups.push(`${statement}\n`);
      if (statement.startsWith('SET SESSION')) open = true;
      if (statement.startsWith('RESET SESSION')) open = false;
    }
    return groups.map((definition, index) => {
      if (index > 0) id += 1;
      return { ...entry, id: index === 0 ? entry.id : id, definition };
    });
  });
  return { ...head, entries };
};

/** The failed entries once more, with the search path of the source's own sessions. */
const againWith = (head: DumpHead, failed: ReadonlySet<number>, searchPath: string): DumpHead => ({
  ...head,
  entries: head.entries
    .filter((entry) => failed.has(entry.id) || isSetting(entry))
    .map((entry) =>
      entry.description === 'SEARCHPATH'
        ? {
            ...entry,
            definition: `${sql`SELECT pg_catalog.set_config('search_path', ${searchPath}, false);`.text}\n`,
          }
        : entry,
    ),
});

/**
 * @returns what is missing, by name.
 * @throws `component_failed` when no rows were restored, when the session was lost, or when something that must be
 * closed could not be; and what reading the archive throws.
 */
export const restoreKeeping = (restore: KeepGoing): Promise<Skipped[]> =>
  underLockWatch(restore, (session) => restorePastErrors({ ...restore, session }));

const restorePastErrors = async (restore: KeepGoing): Promise<Skipped[]> => {
  const lenders = lendersIn(restore.head.entries);
  const apart = grantsApart(restore.head);
  const head = {
    ...apart,
    entries: apart.entries.map((entry) => (lenders.has(String(entry.id)) ? withOwnerAtOnce(entry) : entry)),
  };
  let failed = byEntry(await restoreSideBySide(restore, head));
  const disowned = new Map<string, string>();
  for (let count = 1; count < MAX_PASSES && failed.size > 0; count += 1) {
    // Only from the second pass on: before that, the object may only have come too early.
    if (count > 1)
      for (const [id, words] of failed) if (lenders.has(String(id))) disowned.set(String(id), words);
    const again = againWith({ ...head, entries: apart.entries }, new Set(failed.keys()), restore.searchPath);
    const tried = { ...again, entries: again.entries.flatMap((entry) => ownedOr(entry, lenders, disowned)) };
    const left = byEntry(await restorePass({ ...restore, onBytes: () => undefined }, tried));
    if (left.size >= failed.size && count > 2) break;
    failed = left;
  }
  const strange = [...disowned].flatMap(([id, words]): Skipped[] => {
    const entry = lenders.get(id);
    if (entry === undefined || failed.has(entry.id)) return [];
    return [{ path: pathOf(entry, restore.decode), reason: `${DISOWNED}: ${words}` }];
  });
  if (failed.size === 0) return strange;
  const entries = head.entries.filter(({ id }) => failed.has(id));
  assertSomeRows(head, failed, restore);
  await closeOpened(entries, failed, restore);
  const named = entries.map((entry) => ({
    path: pathOf(entry, restore.decode),
    reason: reasonOf(entry, failed.get(entry.id) ?? ''),
  }));
  return [...strange, ...named];
};

const DISOWNED =
  'it was restored without its owner, so others may not use it with the rights of the present owner';

/** An entry of a later pass. An object that cannot have its owner is made without one, and nothing on it is granted. */
const ownedOr = (
  entry: DumpEntry,
  lenders: ReadonlyMap<string, DumpEntry>,
  disowned: ReadonlyMap<string, string>,
): DumpEntry[] => {
  const id = String(entry.id);
  if (disowned.has(id)) return [withoutOwner(entry)];
  if (lenders.has(id)) return [withOwnerAtOnce(entry)];
  const isOf = entry.dependencies.find((needed) => disowned.has(needed));
  const routine = isOf !== undefined && /^(FUNCTION|PROCEDURE)$/.test(lenders.get(isOf)?.description ?? '');
  const grants = isAcl(entry) && !(entry.definition ?? '').startsWith('REVOKE ');
  return isOf !== undefined && grants && !routine ? [] : [entry];
};

const ROWS = 'TABLE DATA';
const LARGE_OBJECTS = 'BLOBS';

const pathOf = (entry: DumpEntry, decode: Decode): string => {
  if (entry.description === ROWS) return entryPath({ ...entry, description: 'TABLE' }, decode);
  if (isAcl(entry)) {
    // The tag holds the kind and the quoted name; a large object has a number.
    const name = decode(entry.tag.replace(/^[A-Z ]+ (?=")/, '').replaceAll('"', ''));
    return `privileges of ${entry.schema ? `${decode(entry.schema)}.` : ''}${name}`;
  }
  return entryPath(entry, decode);
};

const reasonOf = ({ description }: DumpEntry, words: string): string => {
  if (description === ROWS) return `its rows are not restored: ${words}`;
  return description === LARGE_OBJECTS
    ? `their contents are not restored: ${words}`
    : `not restored: ${words}`;
};

/** Without any rows the restore has failed. */
const assertSomeRows = (head: DumpHead, failed: ReadonlyMap<number, string>, { place }: KeepGoing): void => {
  const rows = head.entries.filter(
    ({ description }) => description === ROWS || description === LARGE_OBJECTS,
  );
  const [first] = rows;
  if (first === undefined || rows.some(({ id }) => !failed.has(id))) return;
  throw new HoldfastError(
    'component_failed',
    `no rows of any table could be restored into ${place}: ${failed.get(first.id)}`,
  );
};

/**
 * Without one of its policies, a table might show rows to people who must not see them: then only its owner may use it.
 * If a revoke failed although its object exists, the object must not stay open.
 */
const closeOpened = async (
  entries: readonly DumpEntry[],
  failed: ReadonlyMap<number, string>,
  { session, decode, place }: KeepGoing,
): Promise<void> => {
  for (const entry of entries) {
    const revokes = isAcl(entry) && (entry.definition ?? '').includes('REVOKE ');
    const isThere = !entry.dependencies.some((id) => failed.has(Number(id)));
    if (revokes && isThere)
      throw new HoldfastError(
        'component_failed',
        `${pathOf(entry, decode)}: a REVOKE failed in ${place}, and the object would be open to more people than before: ${failed.get(entry.id)}`,
      );
    if (entry.description !== 'POLICY' && entry.description !== 'ROW SECURITY') continue;
    const [schema = '""', table = '""'] = quotedNames(
      / ON (?:ONLY )?(.*)|TABLE (?:ONLY )?(.*)/s.exec(entry.definition ?? '')?.[0] ?? '',
    );
    await closeTable(session, decode(schema.slice(1, -1)), decode(table.slice(1, -1)));
  }
};

const closeTable = async (session: KeepGoing['session'], schema: string, table: string): Promise<void> => {
  const grantees = await queryJson(
    session,
    z.array(z.string()),
    sql`SELECT coalesce(json_agg(DISTINCT CASE a.grantee WHEN 0 THEN '' ELSE pg_get_userbyid(a.grantee) END), '[]')
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        CROSS JOIN LATERAL aclexplode(c.relacl) a
      WHERE n.nspname::text = ${schema} AND c.relname::text = ${table} AND a.grantee <> c.relowner`,
  );
  for (const grantee of grantees)
    await executeBuilt(
      session,
      grantee === ''
        ? sql`SELECT pg_catalog.format('REVOKE ALL ON TABLE %I.%I FROM PUBLIC', ${schema}, ${table})`
        : sql`SELECT pg_catalog.format('REVOKE ALL ON TABLE %I.%I FROM %I', ${schema}, ${table}, ${grantee})`,
    );
};
