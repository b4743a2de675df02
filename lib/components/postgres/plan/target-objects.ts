/**
 * What a target holds, and what happens to each object when the dump's objects are dropped: PostgreSQL drops some
 * dependent objects silently, and refuses to drop because of others.
 */
import * as z from 'zod';
import { foundObjects, OWNERS, typesOf } from '../server/catalog-objects.ts';
import { queryJson, type Session } from '../server/psql.ts';
import { type Sql, sql } from '../server/sql.ts';

const explodedSql = (catalog: Sql, acl: Sql, owner: Sql, on: Sql, joins: Sql): Sql => sql`
  SELECT o.tableoid, o.oid, format('GRANT %s ON %s TO %s', a.privilege_type, ${on}, grantee.name),
    format('privilege %s of %s on %s', a.privilege_type, replace(grantee.name, '"', ''), replace(${on}, '"', ''))
  FROM ${catalog} o ${joins} CROSS JOIN LATERAL aclexplode(${acl}) a
    CROSS JOIN LATERAL (SELECT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END AS name) grantee
  WHERE a.grantee <> ${owner} AND o.oid >= 16384`;

/** Privileges on objects without a schema, by the common beginning of their column names. */
const unnested = (catalog: Sql, prefix: Sql, word: Sql): Sql => {
  const name = sql`('${word} ' || quote_ident(o.${prefix}name))`;
  return explodedSql(catalog, sql`o.${prefix}acl`, sql`o.${prefix}owner`, name, sql``);
};

/** Parts without a name of their own, of objects that are dropped: columns, checks, row level security, and grants. */
const partsSql = sql`
  SELECT c.oid AS objid, c.tableoid AS classid,
    format('COLUMN %I ON %I.%I', a.attname, n.nspname, c.relname) AS key,
    format('column %s of %s.%s', a.attname, n.nspname, c.relname) AS path
  FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p', 'f') AND a.attnum > 0 AND NOT a.attisdropped AND a.attislocal AND c.oid >= 16384
  UNION ALL
  SELECT c.oid, c.tableoid, format('%s ON %I.%I', security.word, n.nspname, c.relname),
    format('%s of %s.%s', lower(security.word), n.nspname, c.relname)
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN (VALUES ('ROW LEVEL SECURITY', false), ('FORCED ROW LEVEL SECURITY', true)) AS security (word, forced)
      ON CASE WHEN security.forced THEN c.relforcerowsecurity ELSE c.relrowsecurity END
  WHERE c.oid >= 16384`;

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

const listOf = (keys: readonly string[]): Sql =>
  sql`(SELECT jsonb_array_elements_text(${JSON.stringify(keys)}::jsonb) AS key)`;

/**
 * @param held keys of the objects in the dump
 * @param rows keys of the relations for which the dump has rows
 */
const targetSql = (major: number, held: readonly string[], rows: readonly string[]): Sql => sql`
WITH RECURSIVE found AS MATERIALIZED (${foundObjects(major)}),
dumped AS MATERIALIZED (SELECT f.* FROM found f JOIN ${listOf(held)} AS held USING (key)),
freely (classid, objid, subid) AS (
  SELECT classid, objid, 0 FROM dumped WHERE drop IS NOT NULL
  UNION SELECT d.classid, d.objid, d.objsubid FROM freely g JOIN pg_depend d
    ON d.refclassid = g.classid AND d.refobjid = g.objid AND (g.subid = 0 OR d.refobjsubid = g.subid)
  WHERE d.deptype IN ('a', 'i', 'P', 'S')),
gone (classid, objid, subid) AS (
  SELECT * FROM freely
  UNION SELECT next.* FROM gone g CROSS JOIN LATERAL (
    SELECT d.classid, d.objid, d.objsubid FROM pg_depend d
    WHERE d.refclassid = g.classid AND d.refobjid = g.objid AND (g.subid = 0 OR d.refobjsubid = g.subid)
    UNION ALL SELECT d.refclassid, d.refobjid, d.refobjsubid FROM pg_depend d
    WHERE d.classid = g.classid AND d.objid = g.objid AND d.objsubid = g.subid AND d.deptype IN ('i', 'e')) next),
ends AS (
  SELECT f.key, f.path, f.drop, CASE
    WHEN EXISTS (SELECT FROM dumped d WHERE d.classid = f.classid AND d.objid = f.objid) THEN 'held'
    WHEN EXISTS (SELECT FROM freely g WHERE g.classid = f.classid AND g.objid = f.objid AND g.subid = 0) THEN 'goes'
    WHEN EXISTS (SELECT FROM gone g WHERE g.classid = f.classid AND g.objid = f.objid AND g.subid = 0) THEN 'blocks'
    ELSE 'stays' END AS fate
  FROM found f),
parts AS (
  SELECT p.key, p.path FROM (${partsSql}) p
  WHERE EXISTS (SELECT FROM freely g WHERE g.classid = p.classid AND g.objid = p.objid AND g.subid = 0)
  UNION ALL
  SELECT p.key, p.path FROM (
    ${explodedSql(
      sql`pg_class`,
      sql`o.relacl`,
      sql`o.relowner`,
      sql`(CASE o.relkind WHEN 'S' THEN 'SEQUENCE ' ELSE 'TABLE ' END || quote_ident(n.nspname) || '.' || quote_ident(o.relname))`,
      sql`JOIN pg_namespace n ON n.oid = o.relnamespace`,
    )} UNION ALL
    ${explodedSql(
      sql`pg_proc`,
      sql`o.proacl`,
      sql`o.proowner`,
      sql`(CASE o.prokind WHEN 'p' THEN 'PROCEDURE ' ELSE 'FUNCTION ' END || quote_ident(n.nspname) || '.'
        || quote_ident(o.proname) || '(' || ${typesOf(sql`o.proargtypes::oid[]`)} || ')')`,
      sql`JOIN pg_namespace n ON n.oid = o.pronamespace`,
    )} UNION ALL
    ${explodedSql(
      sql`pg_type`,
      sql`o.typacl`,
      sql`o.typowner`,
      sql`('TYPE ' || quote_ident(n.nspname) || '.' || quote_ident(o.typname))`,
      sql`JOIN pg_namespace n ON n.oid = o.typnamespace`,
    )} UNION ALL
    ${unnested(sql`pg_foreign_data_wrapper`, sql`fdw`, sql`FOREIGN DATA WRAPPER`)} UNION ALL
    ${unnested(sql`pg_foreign_server`, sql`srv`, sql`FOREIGN SERVER`)} UNION ALL
    ${unnested(sql`pg_language`, sql`lan`, sql`LANGUAGE`)}) AS p (classid, objid, key, path)
  WHERE EXISTS (SELECT FROM freely g WHERE g.classid = p.classid AND g.objid = p.objid AND g.subid = 0)
  UNION ALL
  SELECT format('GRANT %s ON %s TO %s', a.privilege_type, t.name, grantee.name),
    format('privilege %s of %s on column %s of %s', a.privilege_type, replace(grantee.name, '"', ''), o.attname, replace(t.name, '"', ''))
  FROM pg_attribute o JOIN pg_class c ON c.oid = o.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    CROSS JOIN LATERAL (SELECT 'TABLE ' || quote_ident(n.nspname) || '.' || quote_ident(c.relname) AS name) t
    CROSS JOIN LATERAL aclexplode(o.attacl) a
    CROSS JOIN LATERAL (SELECT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END AS name) grantee
  WHERE a.grantee <> c.relowner AND EXISTS (
    SELECT FROM freely g WHERE g.classid = c.tableoid AND g.objid = c.oid AND g.subid = 0)
  UNION ALL
  SELECT format('GRANT %s ON LARGE OBJECT %s TO %s', a.privilege_type, o.oid, grantee.name),
    format('privilege %s of %s on large object %s', a.privilege_type, replace(grantee.name, '"', ''), o.oid)
  FROM pg_largeobject_metadata o JOIN ${listOf(held)} AS held ON held.key = 'LARGE OBJECT ' || o.oid
    CROSS JOIN LATERAL aclexplode(o.lomacl) a
    CROSS JOIN LATERAL (SELECT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END AS name) grantee
  WHERE a.grantee <> o.lomowner)
SELECT json_build_object(
  'blocking', coalesce((SELECT json_agg(DISTINCT format('column %s of %s.%s', a.attname, n.nspname, c.relname))
    FROM (SELECT objid AS relation, subid AS number FROM gone WHERE classid = 'pg_class'::regclass AND subid > 0
      UNION SELECT d.adrelid, d.adnum FROM gone g JOIN pg_attrdef d ON d.oid = g.objid
      WHERE g.classid = 'pg_attrdef'::regclass) hit
    JOIN pg_attribute a ON a.attrelid = hit.relation AND a.attnum = hit.number
    JOIN pg_class c ON c.oid = hit.relation JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'f') AND NOT EXISTS (SELECT FROM gone g
      WHERE g.classid = 'pg_class'::regclass AND g.objid = hit.relation AND g.subid = 0)), '[]'),
  'objects', coalesce((SELECT json_agg(ends) FROM ends), '[]'),
  'parts', coalesce((SELECT json_agg(parts) FROM parts), '[]'),
  'emptied', coalesce((SELECT json_agg(format('DELETE FROM %I.%I %s', n.nspname, c.relname, configured.filter))
    FROM pg_extension e CROSS JOIN LATERAL unnest(e.extconfig, e.extcondition) AS configured (relation, filter)
    JOIN pg_class c ON c.oid = configured.relation AND c.relkind IN ('r', 'p')
    JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN ${listOf(rows)} AS rows ON rows.key = 'RELATION ' || quote_ident(n.nspname) || '.' || quote_ident(c.relname)), '[]'),
  'closed', coalesce((SELECT json_agg(n.nspname) FROM pg_namespace n
    WHERE NOT has_schema_privilege(n.oid, 'CREATE')), '[]'),
  'foreign', coalesce((SELECT json_agg(json_build_object('key', held.key, 'owner', pg_get_userbyid(held.owner))) FROM (
    SELECT d.key, o.owner FROM dumped d JOIN (${OWNERS}) AS o (tableoid, oid, owner)
      ON o.tableoid = d.classid AND o.oid = d.objid WHERE d.drop IS NOT NULL
    UNION ALL SELECT held.key, l.lomowner FROM ${listOf(held)} AS held
      JOIN pg_largeobject_metadata l ON held.key = 'LARGE OBJECT ' || l.oid) AS held
    WHERE NOT pg_has_role(held.owner, 'USAGE')), '[]'),
  'eventTriggers', coalesce((SELECT json_agg(json_build_object('name', t.evtname, 'always', t.evtenabled = 'A',
      'mayAlter', pg_has_role(t.evtowner, 'USAGE')) ORDER BY t.evtname)
    FROM pg_event_trigger t WHERE t.evtenabled IN ('O', 'A') AND t.evtevent <> 'login'), '[]'),
  'schemaGrants', coalesce((SELECT json_agg(format('GRANT %s ON SCHEMA %I TO %s', a.privilege_type, n.nspname,
      CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END))
    FROM pg_namespace n LEFT JOIN pg_init_privs i ON i.classoid = n.tableoid AND i.objoid = n.oid
      CROSS JOIN LATERAL aclexplode(n.nspacl) a
    WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND a.grantee <> n.nspowner
      AND NOT EXISTS (SELECT FROM aclexplode(i.initprivs) o WHERE o.grantee = a.grantee AND o.privilege_type = a.privilege_type)), '[]'),
  'largeObjects', coalesce((SELECT json_agg(oid::bigint ORDER BY oid) FROM pg_largeobject_metadata), '[]'))`;

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
