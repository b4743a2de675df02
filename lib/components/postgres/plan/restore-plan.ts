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
import type { DumpEntry, DumpHead } from '../dump/dump-head.ts';
import type { Decode } from '../dump/dump-text.ts';
import { editedEntries } from '../dump/edited-dump.ts';
import type { DumpDetails } from '../dump/source-database.ts';
import { type Exchange, exchangeObstacle, OTHERS_CONNECTED, sessionBeside } from '../restore/exchange.ts';
import { unfilledViews } from '../restore/unfilled-views.ts';
import type { Session } from '../server/psql.ts';
import { foreseen } from './foreseen.ts';
import { type HeldObject, heldParts } from './held-objects.ts';
import { lossesOf } from './losses.ts';
import { queryTarget, type ReadDump, type Situation, situationOf } from './restore-situation.ts';
import { type Lacking, type RightsAsked, rightsLacking } from './rights.ts';
import { editRoles } from './role-edits.ts';
import type { TargetDatabase } from './target-database.ts';
import { isEmpty, isKept, type TargetObjects } from './target-objects.ts';

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

const NO_EXTENSION = 'the server has no such extension: objects that need it cannot be restored';

const ONLY_SUPERUSERS = 'only a superuser may create it: objects that need it cannot be restored';

/** Other programs use it, and might find it half restored, or open something that is closed only at the end. */
const NOT_OURS = (place: string): string =>
  `${place} already exists, and only a database that the restore creates can be restored in part; name a database that does not exist, or restore all or nothing`;

/** Why no dump at all may be restored into a database that is there. */
const refusalOf = ({ target, there, wholly, place }: Situation, existing: Existing): string | undefined => {
  if (target.exists && !wholly) return NOT_OURS(place);
  if (there === undefined || isEmpty(there)) return undefined;
  if (existing === 'refuse')
    return `${place} is not empty; restore into a new database, or allow overwriting`;
  if (existing === 'skip')
    return (
      `${place} is not empty, and a database is restored as a whole: existing rows cannot be skipped, ` +
      'since new rows would mix with old ones; restore into a new database, or allow overwriting'
    );
  return undefined;
};

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

/** What the plan lists: what is refused or lost first, then what is left out, then what the dump brings. */
const plannedEntries = (
  { dump, there }: Situation,
  { refusal, losses, skipped }: { refusal: string | undefined; losses: Entry[]; skipped: Skipped[] },
): Entry[] => {
  const held = heldEntries(dump.held, there);
  const leftOut = skipped.map(({ path, reason }): Entry => ({ path, action: 'skip', reason }));
  if (refusal === undefined) return [...losses, ...leftOut, ...held];
  return [
    { path: 'database', action: 'refuse', reason: refusal },
    ...leftOut,
    ...held.map(({ path }): Entry => ({ path, action: 'refuse' })),
  ];
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
  const situation = await situationOf(task, openDump, folders);
  const { details, dump, target, there, session, place, wholly } = situation;
  const roles = editRoles(dump.head.entries, { ...target, superusers: details.superusers }, dump.decode);
  const asked = { entries: roles.entries, held: dump.held, decode: dump.decode, server: target };
  const lacking = await rightsLacking(target.session, { ...asked, there });
  const losses = [...(wholly ? lacking.map(refused) : []), ...lossesFor(dump, there, task.allowDrop)];
  const refusal = refusalOf(situation, task.existing);
  const inPlace =
    refusal === undefined && losses.length === 0 ? await wayInPlace(situation, asked) : undefined;
  const exchange = typeof inPlace === 'string' ? undefined : inPlace;
  const edited = editedFor(situation, roles.entries, exchange);
  const skipped = [...roles.skipped, ...edited.skipped, ...extensionsLacking(target)];
  const { user } = target;
  const unfilled = await unfilledViews(target.session, roles.entries, { decode: dump.decode, user });
  const warnings = foreseen({
    ...situation,
    ...dump,
    entries: dump.head.entries,
    unfilled,
    lacking,
    exchanged: exchange !== undefined,
  });
  return {
    plan: planOf(task, plannedEntries(situation, { refusal, losses, skipped }), {
      allOrNothing: wholly,
      warnings,
      inPlace: inPlace === undefined ? undefined : told(inPlace),
    }),
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

const lossesFor = (
  { held, head, decode }: ReadDump,
  there: TargetObjects | undefined,
  allowDrop: boolean,
): Entry[] => (there === undefined ? [] : lossesOf(held, head.entries, decode, { there, allowDrop }));

const editedFor = (
  { dump, target, there }: Situation,
  entries: DumpEntry[],
  exchange: Exchange | undefined,
): ReturnType<typeof editedEntries> =>
  editedEntries({
    ...dump,
    head: { ...dump.head, entries },
    target,
    there: there === undefined || isEmpty(there) || exchange !== undefined ? undefined : there,
    eventTriggers: there?.eventTriggers.filter(({ mayAlter }) => mayAlter) ?? [],
    exists: target.exists && exchange === undefined,
  });

const extensionsLacking = ({ extensions, forSuperusers }: TargetDatabase): Skipped[] => [
  ...extensions.map((name) => ({ path: `extension ${name}`, reason: NO_EXTENSION })),
  ...forSuperusers.map((name) => ({ path: `extension ${name}`, reason: ONLY_SUPERUSERS })),
];

/** How a non-empty database is overwritten when nothing is refused or lost: by an exchange, or why there is none. */
const wayInPlace = async (
  { session, dump, details, neighbours, there }: Situation,
  rights: Omit<RightsAsked, 'there'>,
): Promise<Exchange | string | undefined> => {
  if (there === undefined || isEmpty(there)) return undefined;
  const { server } = rights;
  // In a new database an ordinary user has to make what an administrator may have made in this one.
  if (!server.superuser) {
    if (details.extensions.some((name) => name !== 'plpgsql'))
      return 'it has extensions, which the user may not be able to create again';
    const lacking = await rightsLacking(session, { ...rights, there: undefined });
    if (lacking.length > 0) return 'the user may not create all of it again';
  }
  const asked = { ...rights, details, parts: heldParts(dump.head.entries, dump.decode) };
  const why = await exchangeObstacle(session, { ...asked, there });
  if (why !== undefined) return why;
  const beside = await sessionBeside(session, neighbours);
  if (beside === undefined) return 'the user may connect to no other database of the server';
  const obstacle: Exchange['obstacle'] = async (inside) => {
    const now = await queryTarget(inside, server.major, dump);
    const [lost] = lossesFor(dump, now, false);
    if (lost !== undefined) return `${lost.path} has been added since`;
    const reason = await exchangeObstacle(inside, { ...asked, there: now });
    return reason === OTHERS_CONNECTED ? undefined : reason;
  };
  return { beside, obstacle };
};

const told = (inPlace: Exchange | string): ComponentPlan['inPlace'] =>
  typeof inPlace === 'string'
    ? { way: 'transaction', why: inPlace }
    : { way: 'exchange', why: 'the dump has everything that is in it, and nobody else is connected to it' };

const refused = ({ path, reason }: Lacking): Entry => ({ path, action: 'refuse', reason });

const refusedBy = (losses: readonly Entry[], place: string): string | undefined => {
  const refused = losses.filter(({ action }) => action === 'refuse');
  const [first] = refused;
  if (first === undefined) return undefined;
  return `cannot restore into ${place}: ${refused.length} refused, the first: ${first.path} (${first.reason})`;
};
