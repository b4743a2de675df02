/**
 * What a restore into a database would do. Decided once, for the dry run and for the restore itself: relations that
 * are created or overwritten, and what must be left out because the target server lacks it.
 */
import type { Readable } from 'node:stream';
import type { Skipped } from '../../archive/format.ts';
import type { Existing } from '../../archive/target/existing.ts';
import type { PostgresSettings } from '../../model/config.ts';
import { HoldfastError } from '../../model/errors.ts';
import type { ComponentPlan } from '../../model/records/restore.ts';
import type { RestoreTask } from '../component-kind.ts';
import { archivedDetails } from '../details.ts';
import { type ClientTools, findClientTools, newestTools, toolsFor } from './client-tools.ts';
import { placeOf } from './connection.ts';
import type { Session } from './psql.ts';
import { type DumpDetails, dumpDetailsSchema, fittingTools } from './source-database.ts';
import { type Relation, readRelations } from './table-of-contents.ts';
import { canCreateDatabase, inspectTarget, type TargetDatabase } from './target-database.ts';
import { databaseNamed } from './target-name.ts';

/** A plan names so many entries; its counts count all. */
const MAX_ENTRIES = 1000;

export interface DatabaseRestorePlan {
  readonly plan: ComponentPlan;
  readonly details: DumpDetails;
  /** Connected to the target with the tools that restore. */
  readonly session: Session;
  readonly target: TargetDatabase;
  /** Arguments of pg_restore that follow from the plan. */
  readonly options: readonly string[];
  readonly skipped: readonly Skipped[];
  /** Why nothing may be restored; undefined when all is well. */
  readonly refusal: string | undefined;
}

type PlanTask = RestoreTask<PostgresSettings>;

/** Reads this dump and suits this server. @throws `component_unavailable`, `incompatible_version`. */
const toolsToRestore = (
  tools: readonly ClientTools[],
  details: DumpDetails,
  target: TargetDatabase,
  place: string,
): ClientTools => {
  if (target.major < details.major)
    throw new HoldfastError(
      'incompatible_version',
      `the archive holds a database of PostgreSQL ${details.version}, and the server of ${place} is the older ` +
        `${target.version}; restore into version ${details.major} or later`,
    );
  fittingTools(tools, target, place);
  const fitting = toolsFor(tools, Math.max(details.toolMajor, target.major));
  if (fitting !== undefined) return fitting;
  throw new HoldfastError(
    'component_unavailable',
    `the dump was made by pg_dump ${details.toolVersion}, but the newest pg_restore here is ` +
      `${newestTools(tools).version}; install version ${details.toolMajor} ` +
      `(on Debian: postgresql-client-${details.toolMajor})`,
  );
};

/** What no restore can do without. @throws `restore_refused`. */
const assertNeeds = (target: TargetDatabase, details: DumpDetails, place: string): void => {
  const refuse = (why: string): never => {
    throw new HoldfastError('restore_refused', `cannot restore into ${place}: ${why}`);
  };
  if (target.content === undefined && !target.mayCreate)
    refuse(`there is no such database, and the user "${target.user}" may not create one; create it first`);
  if (target.content === undefined && !canCreateDatabase(details))
    refuse(
      `there is no such database, and it sorted by rules of a kind that this version does not know ("${details.localeProvider}"); create it first`,
    );
  if (target.extensions.length > 0)
    refuse(`its server lacks the extensions ${target.extensions.join(', ')}; install them first`);
  // Without its policies a table would show its rows to the wrong people, or to none.
  if (target.required.length > 0)
    refuse(`policies or user mappings name the roles ${target.required.join(', ')}; create them first`);
};

/** What goes missing because roles or tablespaces do, and the options that let pg_restore do without. */
const leftOut = (target: TargetDatabase): Pick<DatabaseRestorePlan, 'options' | 'skipped'> => {
  const options: string[] = [];
  const skipped: Skipped[] = [];
  const then = `everything restored belongs to "${target.user}", without the privileges that were granted`;
  for (const { role, exists } of target.owners)
    skipped.push({
      path: `role ${role}`,
      reason: exists
        ? `"${target.user}" may not make it an owner: ${then}`
        : `the server has no such role to be owner: ${then}`,
    });
  for (const role of target.grantees)
    if (!target.owners.some((owner) => owner.role === role))
      skipped.push({
        path: `role ${role}`,
        reason: 'the server has no such role: no privileges are granted',
      });
  for (const tablespace of target.tablespaces)
    skipped.push({
      path: `tablespace ${tablespace}`,
      reason: "the server has no such tablespace: everything goes to the database's own",
    });
  if (target.owners.length > 0) options.push('--no-owner');
  if (target.owners.length + target.grantees.length > 0) options.push('--no-privileges');
  if (target.tablespaces.length > 0) options.push('--no-tablespaces');
  return { options, skipped };
};

const isEmpty = ({ content }: TargetDatabase): boolean =>
  content === undefined || content.relations.length + content.others === 0;

const refusalOf = (target: TargetDatabase, existing: Existing, place: string): string | undefined => {
  if (isEmpty(target)) return undefined;
  if (existing === 'refuse')
    return `${place} is not empty; restore into a new database, or allow to overwrite`;
  if (existing === 'skip')
    return (
      `${place} is not empty, and a database is restored as a whole: what is there cannot be skipped, ` +
      'or new rows would mix with old ones; restore into a new database, or allow to overwrite'
    );
  return undefined;
};

/** As pg_restore lists names: those with line ends have spaces there. */
const keyOf = ({ schema, name }: Relation): string => `${schema}\0${name}`.replaceAll(/[\r\n]/g, ' ');

const planOf = (
  task: PlanTask,
  relations: readonly Relation[],
  target: TargetDatabase,
  skipped: readonly Skipped[],
  refusal: string | undefined,
): ComponentPlan => {
  const counts = { create: 0, overwrite: 0, skip: 0, refuse: 0 };
  const entries: ComponentPlan['entries'] = [];
  const add = (path: string, action: keyof typeof counts, reason?: string): void => {
    counts[action] += 1;
    if (entries.length < MAX_ENTRIES)
      entries.push(reason === undefined ? { path, action } : { path, action, reason });
  };
  if (refusal !== undefined) add('database', 'refuse', refusal);
  for (const { path, reason } of skipped) add(path, 'skip', reason);
  const there = new Set(target.content?.relations.map(keyOf));
  for (const relation of relations)
    add(
      `${relation.schema}.${relation.name}`,
      refusal !== undefined ? 'refuse' : there.has(keyOf(relation)) ? 'overwrite' : 'create',
    );
  return { target: task.target, counts, entries };
};

/**
 * Looks at archive and target and touches nothing.
 *
 * @param openDump The dump from its beginning; only its table of contents is read.
 * @throws `restore_refused`, `incompatible_version`, `component_unavailable`, `tool_missing`, `invalid_request`, and
 * what reading the archive throws.
 */
export const planDatabaseRestore = async (
  task: PlanTask,
  openDump: () => Readable,
  folders?: readonly string[],
): Promise<DatabaseRestorePlan> => {
  const { signal } = task;
  const details = archivedDetails(dumpDetailsSchema, task, 'dump of PostgreSQL');
  const { connection, neighbours } = await databaseNamed(task.target, task);
  const all = await findClientTools(folders);
  const target = await inspectTarget({ tools: newestTools(all), connection, signal }, neighbours, details);
  const place = placeOf(connection);
  const tools = toolsToRestore(all, details, target, place);
  assertNeeds(target, details, place);
  const { options, skipped } = leftOut(target);
  const refusal = refusalOf(target, task.existing, place);
  const relations = await readRelations(openDump(), { tools, details, signal });
  return {
    plan: planOf(task, relations, target, skipped, refusal),
    details,
    session: { tools, connection, signal },
    target,
    options: isEmpty(target) ? options : ['--clean', '--if-exists', ...options],
    skipped,
    refusal,
  };
};
