/** The dump and the target of a restore, as both are found: what its plan is made from. Nothing is decided here. */
import type { Readable } from 'node:stream';
import type { PostgresSettings } from '../../../model/components/postgres.ts';
import type { RestoreTask } from '../../component-kind.ts';
import { archivedDetails } from '../../details.ts';
import type { DumpHead } from '../dump/dump-head.ts';
import { type Decode, decoderOf } from '../dump/dump-text.ts';
import { readDumpHead } from '../dump/read-dump.ts';
import { type DumpDetails, dumpDetailsSchema } from '../dump/source-database.ts';
import { findClientTools, newestTools } from '../server/client-tools.ts';
import { placeOf } from '../server/connection.ts';
import type { Session } from '../server/psql.ts';
import { type HeldObject, heldObjects } from './held-objects.ts';
import { assertNeeds, toolsToRestore } from './restore-needs.ts';
import { rolesOf } from './role-edits.ts';
import { inspectTarget, type TargetDatabase } from './target-database.ts';
import { databaseNamed } from './target-name.ts';
import { queryTargetObjects, type TargetObjects } from './target-objects.ts';

export interface ReadDump {
  readonly head: DumpHead;
  readonly headLength: number;
  readonly decode: Decode;
  readonly held: readonly HeldObject[];
}

export interface Situation {
  readonly details: DumpDetails;
  readonly dump: ReadDump;
  readonly target: TargetDatabase;
  /** The target as messages name it. */
  readonly place: string;
  /** Connected to the target, with the tools that restore. */
  readonly session: Session;
  /** Databases of the same server that are there on most servers. */
  readonly neighbours: readonly string[];
  /** What the database holds; undefined when there is no such database. */
  readonly there: TargetObjects | undefined;
  /** One transaction, all or nothing; otherwise as much as possible is restored. */
  readonly wholly: boolean;
}

/**
 * Reads archive and target.
 *
 * @param openDump opens the dump from its beginning; only its table of contents is read
 * @throws when no restore into this target can succeed, as `planDatabaseRestore` says
 */
export const situationOf = async (
  task: RestoreTask<PostgresSettings>,
  openDump: () => Readable,
  folders?: readonly string[],
): Promise<Situation> => {
  const { signal } = task;
  const details = archivedDetails(dumpDetailsSchema, task, 'dump of PostgreSQL');
  const { connection, neighbours } = await databaseNamed(task.target, task);
  const all = await findClientTools(folders);
  const dump = await readDump(openDump());
  const needs = { ...details, ...rolesOf(dump.head.entries, dump.decode, details.superusers) };
  const target = await inspectTarget({ tools: newestTools(all), connection, signal }, neighbours, needs);
  const place = placeOf(connection);
  const tools = toolsToRestore(all, details, target, place);
  const session = { tools, connection, signal };
  const wholly = task.allOrNothing ?? target.exists;
  assertNeeds(target, details, { place, wholly });
  const there = target.exists ? await queryTarget(session, target.major, dump) : undefined;
  return { details, dump, target, place, session, neighbours, there, wholly };
};

const readDump = async (dump: Readable): Promise<ReadDump> => {
  const { head, length } = await readDumpHead(dump);
  const decode = decoderOf(head.entries);
  return { head, headLength: length, decode, held: heldObjects(head.entries, decode) };
};

/** Looks at the database from the view of a restore of this dump. */
export const queryTarget = (
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
