/**
 * What a target holds, and what happens to each object when the dump's objects are dropped: PostgreSQL drops some
 * dependent objects silently, and refuses to drop because of others.
 */
import * as z from 'zod';
import { queryJson, type Session } from '../server/psql.ts';
import { targetSql } from './target-sql.ts';

const fateSchema = z.object({
  key: z.string(),
  path: z.string(),
  /** Null: the restore cannot drop it, or need not. */
  drop: z.string().nullable(),
  /**
   * `held`: the dump has it; `goes`: it is dropped with what the dump has; `blocks`: it is in the way; `stays`: it is
   * not affected.
   */
  fate: z.enum(['held', 'goes', 'blocks', 'stays']),
});
export type TargetObject = z.infer<typeof fateSchema>;

const eventTriggerSchema = z.object({
  name: z.string(),
  always: z.boolean(),
  /** Whether the restoring user may disable it and enable it again. */
  mayAlter: z.boolean(),
});
export type TargetEventTrigger = z.infer<typeof eventTriggerSchema>;

const targetSchema = z.object({
  objects: z.array(fateSchema),
  /** Columns and privileges of the dropped objects. */
  parts: z.array(z.object({ key: z.string(), path: z.string() })),
  /** Columns and defaults in the way, in tables that stay. */
  blocking: z.array(z.string()),
  /** Statements that empty those tables of extensions for which the dump has rows. */
  emptied: z.array(z.string()),
  largeObjects: z.array(z.number()),
  /** Objects of the dump that the user may not drop, with their owners. */
  foreign: z.array(z.object({ key: z.string(), owner: z.string() })),
  /** Schemas in which the user may not create anything. */
  closed: z.array(z.string()),
  /** Grants on schemas, beyond what every database has. */
  schemaGrants: z.array(z.string()),
  /** Event triggers that a restore's statements would run. */
  eventTriggers: z.array(eventTriggerSchema),
});
export type TargetObjects = z.infer<typeof targetSchema>;

/** Looks at a database from the view of a restore of these objects. */
export const queryTargetObjects = (
  session: Session,
  major: number,
  { held, rows }: { held: readonly string[]; rows: readonly string[] },
): Promise<TargetObjects> => queryJson(session, targetSchema, targetSql(major, held, rows));

/** A database that holds nothing but what every database may have. */
export const isEmpty = ({ objects, largeObjects }: TargetObjects): boolean =>
  largeObjects.length === 0 && objects.every(({ key }) => /^(EXTENSION|PROCEDURAL LANGUAGE) /.test(key));

/** Objects that a restore leaves unchanged if they exist: other objects may be in a schema, or use an extension. */
export const isKept = (key: string): boolean => /^(SCHEMA|EXTENSION|SUBSCRIPTION) /.test(key);
