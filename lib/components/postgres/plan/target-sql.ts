/**
 * The query of what a target holds: the objects and their parts, what happens to each when the objects of the dump are
 * dropped, and what else a restore has to know.
 */
import { foundObjects, OWNERS, typesOf } from '../server/catalog-objects.ts';
import { type Sql, sql, unionAll } from '../server/sql.ts';

const listOf = (keys: readonly string[]): Sql =>
  sql`(SELECT jsonb_array_elements_text(${JSON.stringify(keys)}::jsonb) AS key)`;

/** A CTE: what is dropped, the objects of the dump and what PostgreSQL silently drops with them. */
const FREELY = sql`freely (classid, objid, subid) AS (
  SELECT classid, objid, 0 FROM dumped WHERE drop IS NOT NULL
  UNION SELECT d.classid, d.objid, d.objsubid FROM freely g JOIN pg_depend d
    ON d.refclassid = g.classid AND d.refobjid = g.objid AND (g.subid = 0 OR d.refobjsubid = g.subid)
  WHERE d.deptype IN ('a', 'i', 'P', 'S'))`;

/** A CTE: what is dropped, and what depends on that and so prevents it. */
const GONE = sql`gone (classid, objid, subid) AS (
  SELECT * FROM freely
  UNION SELECT next.* FROM gone g CROSS JOIN LATERAL (
    SELECT d.classid, d.objid, d.objsubid FROM pg_depend d
    WHERE d.refclassid = g.classid AND d.refobjid = g.objid AND (g.subid = 0 OR d.refobjsubid = g.subid)
    UNION ALL SELECT d.refclassid, d.refobjid, d.refobjsubid FROM pg_depend d
    WHERE d.classid = g.classid AND d.objid = g.objid AND d.objsubid = g.subid AND d.deptype IN ('i', 'e')) next)`;

const isDropped = (classid: Sql, objid: Sql): Sql =>
  sql`EXISTS (SELECT FROM freely g WHERE g.classid = ${classid} AND g.objid = ${objid} AND g.subid = 0)`;

/** A CTE: each object with its fate. */
const ENDS = sql`ends AS (
  SELECT f.key, f.path, f.drop, CASE
    WHEN EXISTS (SELECT FROM dumped d WHERE d.classid = f.classid AND d.objid = f.objid) THEN 'held'
    WHEN ${isDropped(sql`f.classid`, sql`f.objid`)} THEN 'goes'
    WHEN EXISTS (SELECT FROM gone g WHERE g.classid = f.classid AND g.objid = f.objid AND g.subid = 0) THEN 'blocks'
    ELSE 'stays' END AS fate
  FROM found f)`;

/** Parts of objects that have no name of their own, as rows (objid, classid, key, path): columns and row level security. */
const NAMELESS_PARTS = sql`
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

const GRANTEE = sql`CROSS JOIN LATERAL (SELECT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END AS name) grantee`;

const explodedSql = (catalog: Sql, acl: Sql, owner: Sql, on: Sql, joins: Sql): Sql => sql`
  SELECT o.tableoid, o.oid, format('GRANT %s ON %s TO %s', a.privilege_type, ${on}, grantee.name),
    format('privilege %s of %s on %s', a.privilege_type, replace(grantee.name, '"', ''), replace(${on}, '"', ''))
  FROM ${catalog} o ${joins} CROSS JOIN LATERAL aclexplode(${acl}) a
    ${GRANTEE}
  WHERE a.grantee <> ${owner} AND o.oid >= 16384`;

/** Privileges on objects without a schema, by the common beginning of their column names. */
const unnested = (catalog: Sql, prefix: Sql, word: Sql): Sql => {
  const name = sql`('${word} ' || quote_ident(o.${prefix}name))`;
  return explodedSql(catalog, sql`o.${prefix}acl`, sql`o.${prefix}owner`, name, sql``);
};

/** Privileges on objects, as rows (classid, objid, key, path). */
const GRANTS_ON_OBJECTS = unionAll([
  explodedSql(
    sql`pg_class`,
    sql`o.relacl`,
    sql`o.relowner`,
    sql`(CASE o.relkind WHEN 'S' THEN 'SEQUENCE ' ELSE 'TABLE ' END || quote_ident(n.nspname) || '.' || quote_ident(o.relname))`,
    sql`JOIN pg_namespace n ON n.oid = o.relnamespace`,
  ),
  explodedSql(
    sql`pg_proc`,
    sql`o.proacl`,
    sql`o.proowner`,
    sql`(CASE o.prokind WHEN 'p' THEN 'PROCEDURE ' ELSE 'FUNCTION ' END || quote_ident(n.nspname) || '.'
        || quote_ident(o.proname) || '(' || ${typesOf(sql`o.proargtypes::oid[]`)} || ')')`,
    sql`JOIN pg_namespace n ON n.oid = o.pronamespace`,
  ),
  explodedSql(
    sql`pg_type`,
    sql`o.typacl`,
    sql`o.typowner`,
    sql`('TYPE ' || quote_ident(n.nspname) || '.' || quote_ident(o.typname))`,
    sql`JOIN pg_namespace n ON n.oid = o.typnamespace`,
  ),
  unnested(sql`pg_foreign_data_wrapper`, sql`fdw`, sql`FOREIGN DATA WRAPPER`),
  unnested(sql`pg_foreign_server`, sql`srv`, sql`FOREIGN SERVER`),
  unnested(sql`pg_language`, sql`lan`, sql`LANGUAGE`),
]);

const GRANTS_ON_COLUMNS = sql`
  SELECT format('GRANT %s ON %s TO %s', a.privilege_type, t.name, grantee.name),
    format('privilege %s of %s on column %s of %s', a.privilege_type, replace(grantee.name, '"', ''), o.attname, replace(t.name, '"', ''))
  FROM pg_attribute o JOIN pg_class c ON c.oid = o.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    CROSS JOIN LATERAL (SELECT 'TABLE ' || quote_ident(n.nspname) || '.' || quote_ident(c.relname) AS name) t
    CROSS JOIN LATERAL aclexplode(o.attacl) a
    ${GRANTEE}
  WHERE a.grantee <> c.relowner AND ${isDropped(sql`c.tableoid`, sql`c.oid`)}`;

const grantsOnLargeObjects = (held: readonly string[]): Sql => sql`
  SELECT format('GRANT %s ON LARGE OBJECT %s TO %s', a.privilege_type, o.oid, grantee.name),
    format('privilege %s of %s on large object %s', a.privilege_type, replace(grantee.name, '"', ''), o.oid)
  FROM pg_largeobject_metadata o JOIN ${listOf(held)} AS held ON held.key = 'LARGE OBJECT ' || o.oid
    CROSS JOIN LATERAL aclexplode(o.lomacl) a
    ${GRANTEE}
  WHERE a.grantee <> o.lomowner`;

const partsOfDropped = (parts: Sql): Sql =>
  sql`SELECT p.key, p.path FROM ${parts} WHERE ${isDropped(sql`p.classid`, sql`p.objid`)}`;

/** Columns and privileges that go with what is dropped. */
const partsSql = (held: readonly string[]): Sql =>
  unionAll([
    partsOfDropped(sql`(${NAMELESS_PARTS}) p`),
    partsOfDropped(sql`(${GRANTS_ON_OBJECTS}) AS p (classid, objid, key, path)`),
    GRANTS_ON_COLUMNS,
    grantsOnLargeObjects(held),
  ]);

const BLOCKING_COLUMNS = sql`
  SELECT json_agg(DISTINCT format('column %s of %s.%s', a.attname, n.nspname, c.relname))
  FROM (SELECT objid AS relation, subid AS number FROM gone WHERE classid = 'pg_class'::regclass AND subid > 0
      UNION SELECT d.adrelid, d.adnum FROM gone g JOIN pg_attrdef d ON d.oid = g.objid
      WHERE g.classid = 'pg_attrdef'::regclass) hit
    JOIN pg_attribute a ON a.attrelid = hit.relation AND a.attnum = hit.number
    JOIN pg_class c ON c.oid = hit.relation JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p', 'f') AND NOT EXISTS (SELECT FROM gone g
      WHERE g.classid = 'pg_class'::regclass AND g.objid = hit.relation AND g.subid = 0)`;

const emptyingStatements = (rows: readonly string[]): Sql => sql`
  SELECT json_agg(format('DELETE FROM %I.%I %s', n.nspname, c.relname, configured.filter))
  FROM pg_extension e CROSS JOIN LATERAL unnest(e.extconfig, e.extcondition) AS configured (relation, filter)
    JOIN pg_class c ON c.oid = configured.relation AND c.relkind IN ('r', 'p')
    JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN ${listOf(rows)} AS rows ON rows.key = 'RELATION ' || quote_ident(n.nspname) || '.' || quote_ident(c.relname)`;

const CLOSED_SCHEMAS = sql`
  SELECT json_agg(n.nspname) FROM pg_namespace n
  WHERE NOT has_schema_privilege(n.oid, 'CREATE')`;

const foreignObjects = (held: readonly string[]): Sql => sql`
  SELECT json_agg(json_build_object('key', held.key, 'owner', pg_get_userbyid(held.owner))) FROM (
    SELECT d.key, o.owner FROM dumped d JOIN (${OWNERS}) AS o (tableoid, oid, owner)
      ON o.tableoid = d.classid AND o.oid = d.objid WHERE d.drop IS NOT NULL
    UNION ALL SELECT held.key, l.lomowner FROM ${listOf(held)} AS held
      JOIN pg_largeobject_metadata l ON held.key = 'LARGE OBJECT ' || l.oid) AS held
  WHERE NOT pg_has_role(held.owner, 'USAGE')`;

const EVENT_TRIGGERS = sql`
  SELECT json_agg(json_build_object('name', t.evtname, 'always', t.evtenabled = 'A',
      'mayAlter', pg_has_role(t.evtowner, 'USAGE')) ORDER BY t.evtname)
  FROM pg_event_trigger t WHERE t.evtenabled IN ('O', 'A') AND t.evtevent <> 'login'`;

const SCHEMA_GRANTS = sql`
  SELECT json_agg(format('GRANT %s ON SCHEMA %I TO %s', a.privilege_type, n.nspname,
      CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END))
  FROM pg_namespace n LEFT JOIN pg_init_privs i ON i.classoid = n.tableoid AND i.objoid = n.oid
      CROSS JOIN LATERAL aclexplode(n.nspacl) a
  WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND a.grantee <> n.nspowner
      AND NOT EXISTS (SELECT FROM aclexplode(i.initprivs) o WHERE o.grantee = a.grantee AND o.privilege_type = a.privilege_type)`;

/** A list, which is empty instead of null when the query has no rows. */
const orNone = (list: Sql): Sql => sql`coalesce((${list}), '[]')`;

/**
 * Its fields are explained in `target-objects.ts`.
 *
 * @param held keys of the objects in the dump
 * @param rows keys of the relations for which the dump has rows
 */
export const targetSql = (major: number, held: readonly string[], rows: readonly string[]): Sql => sql`
WITH RECURSIVE found AS MATERIALIZED (${foundObjects(major)}),
dumped AS MATERIALIZED (SELECT f.* FROM found f JOIN ${listOf(held)} AS held USING (key)),
${FREELY},
${GONE},
${ENDS},
parts AS (${partsSql(held)})
SELECT json_build_object(
  'blocking', ${orNone(BLOCKING_COLUMNS)},
  'objects', ${orNone(sql`SELECT json_agg(ends) FROM ends`)},
  'parts', ${orNone(sql`SELECT json_agg(parts) FROM parts`)},
  'emptied', ${orNone(emptyingStatements(rows))},
  'closed', ${orNone(CLOSED_SCHEMAS)},
  'foreign', ${orNone(foreignObjects(held))},
  'eventTriggers', ${orNone(EVENT_TRIGGERS)},
  'schemaGrants', ${orNone(SCHEMA_GRANTS)},
  'largeObjects', ${orNone(sql`SELECT json_agg(oid::bigint ORDER BY oid) FROM pg_largeobject_metadata`)})`;
