/**
 * What a restore into a database would do. Decided once, for the dry run and for the restore itself: what is created or
 * overwritten, what would be lost with it, what is in the way, and what is left out because the server lacks it.
 */
import type { Readable } from 'node:stream';
import type { Existing } from '../../../archive/destination/existing.ts';
import { MAX_LISTED_ENTRIES } from '../../../archive/extract/plan/plan-list.ts';
import type { Skipped } from '../../../archive/format.ts';
import type { PostgresSettings } from '../../../model/components/postgres.ts';
import type { ComponentPlan } from '../../../model/records/restore.ts';
import type { RestoreTask } from '../../component-kind.ts';
import { archivedDetails } from '../../details.ts';
import type { DumpHead } from '../dump/dump-head.ts';
import { type Decode, decoderOf } from '../dump/dump-text.ts';
import { editedEntries } from '../dump/edited-dump.ts';
import { readDumpHead } from '../dump/read-dump.ts';
import { type DumpDetails, dumpDetailsSchema } from '../dump/source-database.ts';
import { type Exchange, exchangeObstacle, OTHERS_CONNECTED, sessionBeside } from '../restore/exchange.ts';
import { unfilledViews } from '../restore/unfilled-views.ts';
import { findClientTools, newestTools } from '../server/client-tools.ts';
import { placeOf } from '../server/connection.ts';
import type { Session } from '../server/psql.ts';
import { foreseen } from './foreseen.ts';
import { type HeldObject, heldObjects, heldParts } from './held-objects.ts';
import { lossesOf } from './losses.ts';
import { assertNeeds, toolsToRestore } from './restore-needs.ts';
import { type Lacking, type RightsAsked, rightsLacking } from './rights.ts';
import { editRoles, rolesOf } from './role-edits.ts';
import { inspectTarget, type TargetDatabase } from './target-database.ts';
import { databaseNamed } from './target-name.ts';
import { isEmpty, isKept, queryTargetObjects, type TargetObjects } from './target-objects.ts';

export interface DatabaseRestorePlan {
  readonly plan: ComponentPlan;
  readonly details: DumpDetails;
  /** Connected to the target, with the tools that restore. */
  readonly session: Session;
  readonly target: TargetDatabase;
  /** The table of contents for pg_restore, and the length of the original one. */
  readonly head: DumpHead;
  readonly headLength: number;
  readonly decode: Decode;
  /** One transaction, all or nothing; otherwise as much as possible is restored. */
  readonly wholly: boolean;
  /** Replaces an existing database by another one; undefined: in one transaction. */
  readonly exchange: Exchange | undefined;
  readonly skipped: readonly Skipped[];
  /** Why the restore is refused; undefined when it is not. */
  readonly refusal: string | undefined;
}

type PlanTask = RestoreTask<PostgresSettings>;

const NO_EXTENSION = 'the server has no such extension: what needs it cannot be restored';

const ONLY_SUPERUSERS = 'only a superuser may create it: what needs it cannot be restored';

const refusalOf = (empty: boolean, existing: Existing, place: string): string | undefined => {
  if (empty) return undefined;
  if (existing === 'refuse')
    return `${place} is not empty; restore into a new database, or allow to overwrite`;
  if (existing === 'skip')
    return (
      `${place} is not empty, and a database is restored as a whole: what is there cannot be skipped, ` +
      'or new rows would mix with old ones; restore into a new database, or allow to overwrite'
    );
  return undefined;
};

/** Other programs use it, and might find it half restored, or open something that is closed only at the end. */
const NOT_OURS = (place: string): string =>
  `${place} is there already, and only a database that the restore makes can be restored in part; name one that is not there, or restore all or nothing`;

type Entry = ComponentPlan['entries'][number];

const planOf = (
  task: PlanTask,
  entries: readonly Entry[],
  {
    allOrNothing,
    warnings,
    inPlace,
  }: { allOrNothing: boolean; warnings: string[]; inPlace: ComponentPlan['inPlace'] },
): ComponentPlan => {
  const counts = { create: 0, overwrite: 0, skip: 0, refuse: 0 };
  let drop = 0;
  for (const { action } of entries)
    if (action === 'drop') drop += 1;
    else counts[action] += 1;
  const order = ['refuse', 'drop', 'skip'];
  const rank = ({ action }: Entry): number => order.indexOf(action) + 1 || order.length + 1;
  return {
    target: task.target,
    allOrNothing,
    ...(inPlace !== undefined && { inPlace }),
    ...(warnings.length > 0 && { warnings }),
    counts: drop === 0 ? counts : { ...counts, drop },
    entries: entries.toSorted((a, b) => rank(a) - rank(b)).slice(0, MAX_LISTED_ENTRIES),
  };
};

interface ReadDump {
  readonly head: DumpHead;
  readonly headLength: number;
  readonly decode: Decode;
  readonly held: readonly HeldObject[];
}

const readDump = async (dump: Readable): Promise<ReadDump> => {
  const { head, length } = await readDumpHead(dump);
  const decode = decoderOf(head.entries);
  return { head, headLength: length, decode, held: heldObjects(head.entries, decode) };
};

/** Lists the objects in the dump, apart from parts of other objects. */
const heldEntries = (held: readonly HeldObject[], there: TargetObjects | undefined): Entry[] => {
  const numbers = new Set(there?.largeObjects.map((number) => `LARGE OBJECT ${number}`));
  const found = new Map(there?.objects.map((object) => [object.key, object]));
  return held.flatMap(({ key, path, part }): Entry[] => {
    const present = found.get(key);
    if (part || (present !== undefined && isKept(key))) return [];
    return [{ path, action: present !== undefined || numbers.has(key) ? 'overwrite' : 'create' }];
  });
};

/**
 * Reads archive and target, and changes nothing.
 *
 * @param openDump opens the dump from its beginning; only its table of contents is read
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
  const dump = await readDump(openDump());
  const { superusers } = details;
  const needs = { ...details, ...rolesOf(dump.head.entries, dump.decode, superusers) };
  const target = await inspectTarget({ tools: newestTools(all), connection, signal }, neighbours, needs);
  const place = placeOf(connection);
  const tools = toolsToRestore(all, details, target, place);
  const session = { tools, connection, signal };
  const wholly = task.allOrNothing ?? target.exists;
  assertNeeds(target, details, { place, wholly });
  const there = target.exists ? await queryTarget(session, target.major, dump) : undefined;
  const empty = there === undefined || isEmpty(there);
  const refusal = target.exists && !wholly ? NOT_OURS(place) : refusalOf(empty, task.existing, place);
  const roles = editRoles(dump.head.entries, { ...target, superusers }, dump.decode);
  const asked = { entries: roles.entries, held: dump.held, decode: dump.decode, server: target };
  const lacking = await rightsLacking(target.session, { ...asked, there });
  const losses = [
    ...(wholly ? lacking.map(refused) : []),
    ...(there === undefined
      ? []
      : lossesOf(dump.held, dump.head.entries, dump.decode, { there, allowDrop: task.allowDrop })),
  ];
  const simple = refusal === undefined && losses.length === 0 && !empty;
  const inPlace =
    simple && there !== undefined
      ? await wayInPlace(session, dump, { ...asked, details, there, neighbours })
      : undefined;
  const exchange = typeof inPlace === 'string' ? undefined : inPlace;
  const edited = editedEntries({
    ...dump,
    head: { ...dump.head, entries: roles.entries },
    target,
    there: empty || exchange !== undefined ? undefined : there,
    eventTriggers: there?.eventTriggers.filter(({ mayAlter }) => mayAlter) ?? [],
    exists: target.exists && exchange === undefined,
  });
  const skipped = [
    ...roles.skipped,
    ...edited.skipped,
    ...target.extensions.map((name) => ({ path: `extension ${name}`, reason: NO_EXTENSION })),
    ...target.forSuperusers.map((name) => ({ path: `extension ${name}`, reason: ONLY_SUPERUSERS })),
  ];
  const held = heldEntries(dump.held, there);
  const unfilled = await unfilledViews(target.session, roles.entries, {
    decode: dump.decode,
    user: target.user,
  });
  const plan = planOf(
    task,
    [
      ...(refusal === undefined
        ? losses
        : [{ path: 'database', action: 'refuse' as const, reason: refusal }]),
      ...skipped.map(({ path, reason }) => ({ path, action: 'skip' as const, reason })),
      ...(refusal === undefined ? held : held.map(({ path }) => ({ path, action: 'refuse' as const }))),
    ],
    {
      allOrNothing: wholly,
      warnings: foreseen({
        ...dump,
        entries: dump.head.entries,
        details,
        target,
        there,
        unfilled,
        lacking,
        wholly,
        exchanged: exchange !== undefined,
      }),
      inPlace: inPlace === undefined ? undefined : told(inPlace),
    },
  );
  return {
    plan,
    details,
    session,
    target,
    head: { ...dump.head, entries: edited.entries },
    headLength: dump.headLength,
    decode: dump.decode,
    wholly,
    exchange,
    skipped,
    refusal: refusal ?? refusedBy(losses, place),
  };
};

/** How a non-empty database is overwritten when nothing is refused or lost: by an exchange, or why there is none. */
const wayInPlace = async (
  session: Session,
  dump: ReadDump,
  asked: Omit<RightsAsked, 'there'> & {
    readonly details: DumpDetails;
    readonly there: TargetObjects;
    readonly neighbours: readonly string[];
  },
): Promise<Exchange | string> => {
  const { server, details } = asked;
  // In a new database an ordinary user has to make what an administrator may have made in this one.
  if (!server.superuser) {
    if (details.extensions.some((name) => name !== 'plpgsql'))
      return 'it has extensions, which the user may not be able to make anew';
    const lacking = await rightsLacking(session, { ...asked, there: undefined });
    if (lacking.length > 0) return 'the user may not make all of it anew';
  }
  const parts = heldParts(dump.head.entries, dump.decode);
  const why = await exchangeObstacle(session, { ...asked, parts });
  if (why !== undefined) return why;
  const beside = await sessionBeside(session, asked.neighbours);
  if (beside === undefined) return 'the user may connect to no other database of the server';
  const obstacle: Exchange['obstacle'] = async (inside) => {
    const there = await queryTarget(inside, server.major, dump);
    const [lost] = lossesOf(dump.held, dump.head.entries, dump.decode, { there, allowDrop: false });
    if (lost !== undefined) return `${lost.path} is there since`;
    const reason = await exchangeObstacle(inside, { ...asked, there, parts });
    return reason === OTHERS_CONNECTED ? undefined : reason;
  };
  return { beside, obstacle };
};

const told = (inPlace: Exchange | string): ComponentPlan['inPlace'] =>
  typeof inPlace === 'string'
    ? { way: 'transaction', why: inPlace }
    : { way: 'exchange', why: 'the dump holds all that is in it, and nobody else is connected to it' };

const refused = ({ path, reason }: Lacking): Entry => ({ path, action: 'refuse', reason });

const queryTarget = (
  session: Session,
  major: number,
  { head, held, decode }: ReadDump,
): Promise<TargetObjects> => {
  const withRows = new Set(
    head.entries
      .filter(({ description }) => description === 'TABLE DATA')
      .map(({ schema, tag }) => decode(`RELATION "${schema ?? ''}"."${tag}"`)),
  );
  return queryTargetObjects(session, major, { held: held.map(({ key }) => key), rows: [...withRows] });
};

const refusedBy = (losses: readonly Entry[], place: string): string | undefined => {
  const refused = losses.filter(({ action }) => action === 'refuse');
  const [first] = refused;
  if (first === undefined) return undefined;
  return `cannot restore into ${place}: ${refused.length} refused, the first: ${first.path} (${first.reason})`;
};
