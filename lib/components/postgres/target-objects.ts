/**
 * What a database holds, by the keys that objects of a dump have too (`held-objects.ts`), and what becomes of each when
 * the dump's objects are dropped: PostgreSQL drops some of what hangs on them unasked, and refuses for the sake of
 * others. Names are quoted always, as in our dumps: `queryJson` sees to it, and `overwriting.ts`.
 */
import * as z from 'zod';
import { queryJson, type Session } from './psql.ts';
import { type Sql, sql } from './sql.ts';

/** Made by users: neither PostgreSQL's own, nor a part of an extension, nor made with a type, as what makes its ranges. */
const OWN = sql`o.oid >= 16384 AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = o.tableoid AND e.objid = o.oid
  AND (e.deptype = 'e' OR e.deptype = 'i' AND e.classid IN ('pg_proc'::regclass, 'pg_cast'::regclass)))`;
const OF_USERS = sql`n.nspname !~ '^pg_(toast|temp)' AND n.nspname <> 'information_schema'`;
/** The types of a routine's or an operator's arguments, as pg_dump lists them. */
const typesOf = (types: Sql): Sql => sql`array_to_string(array(
  SELECT format_type(t, NULL) FROM unnest(${types}) WITH ORDINALITY AS listed (t, place) ORDER BY place), ', ')`;

/** What stands in the catalog under a name of its own, within a schema. */
const named = (catalog: Sql, name: Sql, schema: Sql, word: Sql): Sql => sql`
  SELECT o.tableoid, o.oid, ${word} || ' ' || quote_ident(n.nspname) || '.' || quote_ident(${name}),
    lower(${word}) || ' ' || n.nspname || '.' || ${name},
    format('DROP %s IF EXISTS %I.%I CASCADE', ${word}, n.nspname, ${name})
  FROM ${catalog} o JOIN pg_namespace n ON n.oid = ${schema} WHERE ${OF_USERS} AND ${OWN}`;

/** And without a schema. `drop`: whether a restore drops it; what it does not drop stays as it is. */
const global = (catalog: Sql, name: Sql, word: Sql, drop: Sql = sql`true`): Sql => sql`
  SELECT o.tableoid, o.oid, ${word} || ' ' || quote_ident(${name}), lower(${word}) || ' ' || ${name},
    CASE WHEN ${drop} THEN format('DROP %s IF EXISTS %I CASCADE', ${word}, ${name}) END
  FROM ${catalog} o WHERE ${OWN}`;

/** What is a part of a table or a view, under a name of its own. */
const onTable = (catalog: Sql, name: Sql, table: Sql, word: Sql, visible: Sql): Sql => sql`
  SELECT o.tableoid, o.oid,
    ${word} || ' ' || quote_ident(${name}) || ' ON ' || quote_ident(n.nspname) || '.' || quote_ident(c.relname),
    lower(${word}) || ' ' || ${name} || ' on ' || n.nspname || '.' || c.relname,
    format('DROP %s IF EXISTS %I ON %I.%I CASCADE', ${word}, ${name}, n.nspname, c.relname)
  FROM ${catalog} o JOIN pg_class c ON c.oid = ${table} JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE ${OF_USERS} AND ${visible} AND ${OWN}`;

const RELATION_WORD = sql`CASE o.relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'S' THEN 'SEQUENCE'
  WHEN 'f' THEN 'FOREIGN TABLE' WHEN 'i' THEN 'INDEX' WHEN 'I' THEN 'INDEX' ELSE 'TABLE' END`;

/** Rows (classid, objid, key, path, drop): objects by names, and parts that have names. */
const objectsSql = (major: number): Sql => sql`
  SELECT o.tableoid, o.oid, 'RELATION ' || quote_ident(n.nspname) || '.' || quote_ident(o.relname),
    CASE WHEN o.relkind IN ('i', 'I') THEN 'index ' ELSE '' END || n.nspname || '.' || o.relname,
    CASE WHEN NOT EXISTS (SELECT FROM pg_depend i WHERE i.classid = o.tableoid AND i.objid = o.oid
      AND i.deptype IN ('i', 'P') AND i.refobjid <> o.oid)
      THEN format('DROP %s IF EXISTS %I.%I CASCADE', ${RELATION_WORD}, n.nspname, o.relname) END
  FROM pg_class o JOIN pg_namespace n ON n.oid = o.relnamespace
  WHERE o.relkind IN ('r', 'p', 'v', 'm', 'S', 'f', 'i', 'I') AND o.relpersistence <> 't' AND ${OF_USERS} AND ${OWN}
    AND NOT EXISTS (SELECT FROM pg_depend i WHERE i.classid = o.tableoid AND i.objid = o.oid
      AND i.deptype = 'i' AND i.refclassid = 'pg_constraint'::regclass)
  UNION ALL
  SELECT o.tableoid, o.oid, 'TYPE ' || quote_ident(n.nspname) || '.' || quote_ident(o.typname),
    CASE o.typtype WHEN 'd' THEN 'domain ' ELSE 'type ' END || n.nspname || '.' || o.typname,
    format('DROP %s IF EXISTS %I.%I CASCADE', CASE o.typtype WHEN 'd' THEN 'DOMAIN' ELSE 'TYPE' END, n.nspname, o.typname)
  FROM pg_type o JOIN pg_namespace n ON n.oid = o.typnamespace LEFT JOIN pg_class c ON c.oid = o.typrelid
  WHERE (o.typtype IN ('b', 'd', 'e', 'r', 'p') OR c.relkind = 'c')
    AND NOT EXISTS (SELECT FROM pg_type e WHERE e.typarray = o.oid) AND ${OF_USERS} AND ${OWN}
  UNION ALL
  SELECT o.tableoid, o.oid,
    'ROUTINE ' || quote_ident(n.nspname) || '.' || o.proname || '(' || signature.types || ')',
    CASE o.prokind WHEN 'p' THEN 'procedure ' WHEN 'a' THEN 'aggregate ' ELSE 'function ' END
      || n.nspname || '.' || o.proname || '(' || replace(signature.types, '"', '') || ')',
    format('DROP ROUTINE IF EXISTS %I.%I(%s) CASCADE', n.nspname, o.proname, nullif(signature.types, '*'))
  FROM pg_proc o JOIN pg_namespace n ON n.oid = o.pronamespace
    CROSS JOIN LATERAL (SELECT CASE WHEN o.prokind = 'a' AND o.pronargs = 0 THEN '*'
      ELSE ${typesOf(sql`o.proargtypes::oid[]`)} END AS types) signature
  WHERE ${OF_USERS} AND ${OWN}
  UNION ALL
  SELECT o.tableoid, o.oid, 'OPERATOR ' || quote_ident(n.nspname) || '.' || o.oprname || ' ' || signature.types,
    'operator ' || n.nspname || '.' || o.oprname,
    format('DROP OPERATOR IF EXISTS %I.%s %s CASCADE', n.nspname, o.oprname, signature.types)
  FROM pg_operator o JOIN pg_namespace n ON n.oid = o.oprnamespace
    CROSS JOIN LATERAL (SELECT format('(%s, %s)', CASE o.oprleft WHEN 0 THEN 'NONE' ELSE format_type(o.oprleft, NULL) END,
      CASE o.oprright WHEN 0 THEN 'NONE' ELSE format_type(o.oprright, NULL) END) AS types) signature
  WHERE ${OF_USERS} AND ${OWN}
  UNION ALL
  SELECT o.tableoid, o.oid, format('OPERATOR CLASS %I.%I USING %I', n.nspname, o.opcname, a.amname),
    'operator class ' || n.nspname || '.' || o.opcname,
    format('DROP OPERATOR CLASS IF EXISTS %I.%I USING %I CASCADE', n.nspname, o.opcname, a.amname)
  FROM pg_opclass o JOIN pg_namespace n ON n.oid = o.opcnamespace JOIN pg_am a ON a.oid = o.opcmethod
  WHERE ${OF_USERS} AND ${OWN}
  UNION ALL
  SELECT o.tableoid, o.oid, format('OPERATOR FAMILY %I.%I USING %I', n.nspname, o.opfname, a.amname),
    'operator family ' || n.nspname || '.' || o.opfname,
    format('DROP OPERATOR FAMILY IF EXISTS %I.%I USING %I CASCADE', n.nspname, o.opfname, a.amname)
  FROM pg_opfamily o JOIN pg_namespace n ON n.oid = o.opfnamespace JOIN pg_am a ON a.oid = o.opfmethod
  WHERE ${OF_USERS} AND ${OWN}
  UNION ALL ${named(sql`pg_collation`, sql`o.collname`, sql`o.collnamespace`, sql`'COLLATION'`)}
  UNION ALL ${named(sql`pg_conversion`, sql`o.conname`, sql`o.connamespace`, sql`'CONVERSION'`)}
  UNION ALL ${named(sql`pg_ts_parser`, sql`o.prsname`, sql`o.prsnamespace`, sql`'TEXT SEARCH PARSER'`)}
  UNION ALL ${named(sql`pg_ts_dict`, sql`o.dictname`, sql`o.dictnamespace`, sql`'TEXT SEARCH DICTIONARY'`)}
  UNION ALL ${named(sql`pg_ts_template`, sql`o.tmplname`, sql`o.tmplnamespace`, sql`'TEXT SEARCH TEMPLATE'`)}
  UNION ALL ${named(sql`pg_ts_config`, sql`o.cfgname`, sql`o.cfgnamespace`, sql`'TEXT SEARCH CONFIGURATION'`)}
  UNION ALL ${named(sql`pg_statistic_ext`, sql`o.stxname`, sql`o.stxnamespace`, sql`'STATISTICS'`)}
  UNION ALL
  SELECT o.tableoid, o.oid, shown.key, lower(shown.key), format('DROP CAST IF EXISTS (%s) CASCADE', shown.types)
  FROM pg_cast o CROSS JOIN LATERAL (SELECT format('%s AS %s', format_type(o.castsource, NULL), format_type(o.casttarget, NULL)) AS types) t
    CROSS JOIN LATERAL (SELECT t.types, format('CAST (%s)', t.types) AS key) shown WHERE ${OWN}
  UNION ALL
  SELECT o.tableoid, o.oid, shown.key, lower(shown.key), format('DROP TRANSFORM IF EXISTS FOR %s CASCADE', shown.types)
  FROM pg_transform o JOIN pg_language l ON l.oid = o.trflang
    CROSS JOIN LATERAL (SELECT format('%s LANGUAGE %I', format_type(o.trftype, NULL), l.lanname) AS types) t
    CROSS JOIN LATERAL (SELECT t.types, 'TRANSFORM FOR ' || t.types AS key) shown WHERE ${OWN}
  UNION ALL ${global(sql`pg_foreign_data_wrapper`, sql`o.fdwname`, sql`'FOREIGN DATA WRAPPER'`)}
  UNION ALL ${global(sql`pg_foreign_server`, sql`o.srvname`, sql`'SERVER'`)}
  UNION ALL ${global(sql`pg_am`, sql`o.amname`, sql`'ACCESS METHOD'`)}
  UNION ALL ${global(sql`pg_event_trigger`, sql`o.evtname`, sql`'EVENT TRIGGER'`)}
  UNION ALL ${global(sql`pg_publication`, sql`o.pubname`, sql`'PUBLICATION'`)}
  UNION ALL ${global(sql`pg_extension`, sql`o.extname`, sql`'EXTENSION'`, sql`false`)}
  UNION ALL ${global(sql`pg_language`, sql`o.lanname`, sql`'PROCEDURAL LANGUAGE'`)}
  UNION ALL ${global(sql`pg_namespace`, sql`o.nspname`, sql`'SCHEMA'`, sql`false`)} AND o.nspname !~ '^pg_'
  UNION ALL
  SELECT 'pg_subscription'::regclass, o.oid, 'SUBSCRIPTION ' || quote_ident(o.subname), 'subscription ' || o.subname, NULL
  FROM pg_subscription o WHERE o.subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())
  UNION ALL
  SELECT 'pg_user_mapping'::regclass, o.umid, mapping.key, 'user mapping for ' || o.usename || ' server ' || o.srvname,
    'DROP USER MAPPING IF EXISTS ' || substr(mapping.key, 14)
  FROM pg_user_mappings o CROSS JOIN LATERAL
    (SELECT format('USER MAPPING FOR %I SERVER %I', o.usename, o.srvname) AS key) mapping
  UNION ALL ${onTable(sql`pg_rewrite`, sql`o.rulename`, sql`o.ev_class`, sql`'RULE'`, sql`o.rulename <> '_RETURN'`)}
  UNION ALL ${onTable(
    sql`pg_trigger`,
    sql`o.tgname`,
    sql`o.tgrelid`,
    sql`'TRIGGER'`,
    major >= 13 ? sql`NOT o.tgisinternal AND o.tgparentid = 0` : sql`NOT o.tgisinternal`,
  )}
  UNION ALL ${onTable(sql`pg_policy`, sql`o.polname`, sql`o.polrelid`, sql`'POLICY'`, sql`true`)}
  UNION ALL
  SELECT o.tableoid, o.oid, format('CONSTRAINT %I ON %I.%I', o.conname, n.nspname, c.relname),
    format('constraint %s on %s.%s', o.conname, n.nspname, c.relname), NULL
  FROM pg_constraint o JOIN pg_class c ON c.oid = o.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE o.contype IN ('c', 'f', 'p', 'u', 'x') AND o.conislocal AND o.conparentid = 0 AND ${OF_USERS} AND ${OWN}
  UNION ALL
  SELECT o.tableoid, o.oid, format('PUBLICATION TABLE %I %I.%I', p.pubname, n.nspname, c.relname),
    format('membership of %s.%s in publication %s', n.nspname, c.relname, p.pubname), NULL
  FROM pg_publication_rel o JOIN pg_publication p ON p.oid = o.prpubid
    JOIN pg_class c ON c.oid = o.prrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  ${
    major >= 15
      ? sql`UNION ALL
  SELECT o.tableoid, o.oid, format('PUBLICATION SCHEMA %I %I', p.pubname, n.nspname),
    format('membership of schema %s in publication %s', n.nspname, p.pubname), NULL
  FROM pg_publication_namespace o JOIN pg_publication p ON p.oid = o.pnpubid JOIN pg_namespace n ON n.oid = o.pnnspid`
      : sql``
  }`;

/** Objects with keys, as a CTE's body: `found (classid, objid, key, path, drop)`. */
export const foundObjects = (major: number): Sql =>
  sql`SELECT * FROM (${objectsSql(major)}) AS listed (classid, objid, key, path, drop)`;

const explodedSql = (catalog: Sql, acl: Sql, owner: Sql, on: Sql, joins: Sql): Sql => sql`
  SELECT o.tableoid, o.oid, format('GRANT %s ON %s TO %s', a.privilege_type, ${on}, grantee.name),
    format('privilege %s of %s on %s', a.privilege_type, replace(grantee.name, '"', ''), replace(${on}, '"', ''))
  FROM ${catalog} o ${joins} CROSS JOIN LATERAL aclexplode(${acl}) a
    CROSS JOIN LATERAL (SELECT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END AS name) grantee
  WHERE a.grantee <> ${owner} AND o.oid >= 16384`;

/** What has no name of its own, of the objects that go: columns, checks, and what is granted. */
const partsSql = sql`
  SELECT c.oid AS objid, c.tableoid AS classid,
    format('COLUMN %I ON %I.%I', a.attname, n.nspname, c.relname) AS key,
    format('column %s of %s.%s', a.attname, n.nspname, c.relname) AS path
  FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p', 'f') AND a.attnum > 0 AND NOT a.attisdropped AND a.attislocal AND c.oid >= 16384`;

/** Rows (key, shape): of each table how much hangs on it that has no key, and does not go by itself. */
export const TABLE_SHAPES = sql`
  SELECT 'RELATION ' || quote_ident(n.nspname) || '.' || quote_ident(c.relname), concat_ws('/',
    (SELECT count(*) FROM pg_attribute a WHERE a.attrelid = c.oid AND NOT a.attisdropped),
    (SELECT count(*) FROM pg_attrdef d WHERE d.adrelid = c.oid))
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p', 'f') AND c.relpersistence <> 't' AND c.oid >= 16384`;

const fateSchema = z.object({
  key: z.string(),
  path: z.string(),
  /** Undefined: the restore has no way to drop it, or needs none. */
  drop: z.string().nullable(),
  /** The dump has it; it goes with what the dump has; it is in the way; or it has nothing to do with that. */
  fate: z.enum(['held', 'goes', 'blocks', 'stays']),
});
export type TargetObject = z.infer<typeof fateSchema>;

const targetSchema = z.object({
  objects: z.array(fateSchema),
  /** Columns and privileges of what goes. */
  parts: z.array(z.object({ key: z.string(), path: z.string() })),
  /** Columns and defaults in the way, of tables that stay. */
  blocking: z.array(z.string()),
  /** Statements that empty the tables of extensions that the dump has rows for. */
  emptied: z.array(z.string()),
  largeObjects: z.array(z.number()),
  /** Of the dump's: those that the user may not drop, and whose they are. */
  foreign: z.array(z.object({ key: z.string(), owner: z.string() })),
  /** Schemas in which the user may not make anything. */
  closed: z.array(z.string()),
});
export type TargetObjects = z.infer<typeof targetSchema>;

const listOf = (keys: readonly string[]): Sql =>
  sql`(SELECT jsonb_array_elements_text(${JSON.stringify(keys)}::jsonb) AS key)`;

/**
 * @param held keys of what the dump holds.
 * @param rows keys of relations that the dump has rows for.
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
    )}) AS p (classid, objid, key, path)
  WHERE EXISTS (SELECT FROM freely g WHERE g.classid = p.classid AND g.objid = p.objid AND g.subid = 0)
  UNION ALL
  SELECT format('GRANT %s ON %s TO %s', a.privilege_type, t.name, grantee.name),
    format('privilege %s of %s on column %s of %s', a.privilege_type, replace(grantee.name, '"', ''), o.attname, replace(t.name, '"', ''))
  FROM pg_attribute o JOIN pg_class c ON c.oid = o.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    CROSS JOIN LATERAL (SELECT 'TABLE ' || quote_ident(n.nspname) || '.' || quote_ident(c.relname) AS name) t
    CROSS JOIN LATERAL aclexplode(o.attacl) a
    CROSS JOIN LATERAL (SELECT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END AS name) grantee
  WHERE a.grantee <> c.relowner AND EXISTS (
    SELECT FROM freely g WHERE g.classid = c.tableoid AND g.objid = c.oid AND g.subid = 0))
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
  'foreign', coalesce((SELECT json_agg(json_build_object('key', d.key, 'owner', pg_get_userbyid(o.owner)))
    FROM dumped d JOIN (SELECT tableoid, oid, relowner FROM pg_class UNION ALL SELECT tableoid, oid, proowner FROM pg_proc
      UNION ALL SELECT tableoid, oid, typowner FROM pg_type) AS o (tableoid, oid, owner)
      ON o.tableoid = d.classid AND o.oid = d.objid
    WHERE d.drop IS NOT NULL AND NOT pg_has_role(o.owner, 'USAGE')), '[]'),
  'largeObjects', coalesce((SELECT json_agg(oid::bigint ORDER BY oid) FROM pg_largeobject_metadata), '[]'))`;

/** Looks at a database as a restore of these objects would find it. */
export const queryTargetObjects = (
  session: Session,
  major: number,
  { held, rows }: { held: readonly string[]; rows: readonly string[] },
): Promise<TargetObjects> => queryJson(session, targetSchema, targetSql(major, held, rows));

/** A database with nothing in it but what every database may have. */
export const isEmpty = ({ objects, largeObjects }: TargetObjects): boolean =>
  largeObjects.length === 0 && objects.every(({ key }) => /^(EXTENSION|PROCEDURAL LANGUAGE) /.test(key));

/** What a restore leaves as it is where it is there: others may stand in a schema, or use an extension. */
export const isKept = (key: string): boolean => /^(SCHEMA|EXTENSION|SUBSCRIPTION) /.test(key);
