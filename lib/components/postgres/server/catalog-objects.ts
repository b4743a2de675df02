/**
 * Queries for the objects of a database, with the same keys as objects of a dump (`held-objects.ts`). Names are always
 * quoted, as in our dumps: `queryJson` and `overwriting.ts` set that.
 */
import { type Sql, sql, unionAll } from './sql.ts';

/** Objects made by users: not PostgreSQL's own, not part of an extension, and not made together with a type. */
const OWN = sql`o.oid >= 16384 AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = o.tableoid AND e.objid = o.oid
  AND (e.deptype = 'e' OR e.deptype = 'i' AND e.classid IN ('pg_proc'::regclass, 'pg_cast'::regclass)))`;
const OF_USERS = sql`n.nspname !~ '^pg_(toast|temp)' AND n.nspname <> 'information_schema'`;
/** The types of a routine's or an operator's arguments, as pg_dump lists them. */
export const typesOf = (types: Sql): Sql => sql`array_to_string(array(
  SELECT format_type(t, NULL) FROM unnest(${types}) WITH ORDINALITY AS listed (t, place) ORDER BY place), ', ')`;

/** Objects with a name of their own within a schema. */
const named = (catalog: Sql, name: Sql, schema: Sql, word: Sql): Sql => sql`
  SELECT o.tableoid, o.oid, ${word} || ' ' || quote_ident(n.nspname) || '.' || quote_ident(${name}),
    lower(${word}) || ' ' || n.nspname || '.' || ${name},
    format('DROP %s IF EXISTS %I.%I CASCADE', ${word}, n.nspname, ${name})
  FROM ${catalog} o JOIN pg_namespace n ON n.oid = ${schema} WHERE ${OF_USERS} AND ${OWN}`;

/**
 * Objects with a name of their own and without a schema. `drop`: whether a restore drops them; others stay unchanged.
 */
const global = (catalog: Sql, name: Sql, word: Sql, drop: Sql = sql`true`): Sql => sql`
  SELECT o.tableoid, o.oid, ${word} || ' ' || quote_ident(${name}), lower(${word}) || ' ' || ${name},
    CASE WHEN ${drop} THEN format('DROP %s IF EXISTS %I CASCADE', ${word}, ${name}) END
  FROM ${catalog} o WHERE ${OWN}`;

/** Parts of a table or a view with a name of their own. */
const onTable = (catalog: Sql, name: Sql, table: Sql, word: Sql, visible: Sql): Sql => sql`
  SELECT o.tableoid, o.oid,
    ${word} || ' ' || quote_ident(${name}) || ' ON ' || quote_ident(n.nspname) || '.' || quote_ident(c.relname),
    lower(${word}) || ' ' || ${name} || ' on ' || n.nspname || '.' || c.relname,
    format('DROP %s IF EXISTS %I ON %I.%I CASCADE', ${word}, ${name}, n.nspname, c.relname)
  FROM ${catalog} o JOIN pg_class c ON c.oid = ${table} JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE ${OF_USERS} AND ${visible} AND ${OWN}`;

const RELATION_WORD = sql`CASE o.relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'S' THEN 'SEQUENCE'
  WHEN 'f' THEN 'FOREIGN TABLE' WHEN 'i' THEN 'INDEX' WHEN 'I' THEN 'INDEX' ELSE 'TABLE' END`;

const RELATIONS = sql`
  SELECT o.tableoid, o.oid, 'RELATION ' || quote_ident(n.nspname) || '.' || quote_ident(o.relname),
    CASE WHEN o.relkind IN ('i', 'I') THEN 'index ' ELSE '' END || n.nspname || '.' || o.relname,
    CASE WHEN NOT EXISTS (SELECT FROM pg_depend i WHERE i.classid = o.tableoid AND i.objid = o.oid
      AND i.deptype IN ('i', 'P') AND i.refobjid <> o.oid)
      THEN format('DROP %s IF EXISTS %I.%I CASCADE', ${RELATION_WORD}, n.nspname, o.relname) END
  FROM pg_class o JOIN pg_namespace n ON n.oid = o.relnamespace
  WHERE o.relkind IN ('r', 'p', 'v', 'm', 'S', 'f', 'i', 'I') AND o.relpersistence <> 't' AND ${OF_USERS} AND ${OWN}
    AND NOT EXISTS (SELECT FROM pg_depend i WHERE i.classid = o.tableoid AND i.objid = o.oid
      AND i.deptype = 'i' AND i.refclassid = 'pg_constraint'::regclass)`;

const TYPES = sql`
  SELECT o.tableoid, o.oid, 'TYPE ' || quote_ident(n.nspname) || '.' || quote_ident(o.typname),
    CASE o.typtype WHEN 'd' THEN 'domain ' ELSE 'type ' END || n.nspname || '.' || o.typname,
    format('DROP %s IF EXISTS %I.%I CASCADE', CASE o.typtype WHEN 'd' THEN 'DOMAIN' ELSE 'TYPE' END, n.nspname, o.typname)
  FROM pg_type o JOIN pg_namespace n ON n.oid = o.typnamespace LEFT JOIN pg_class c ON c.oid = o.typrelid
  WHERE (o.typtype IN ('b', 'd', 'e', 'r', 'p') OR c.relkind = 'c')
    AND NOT EXISTS (SELECT FROM pg_type e WHERE e.typarray = o.oid) AND ${OF_USERS} AND ${OWN}`;

const ROUTINES = sql`
  SELECT o.tableoid, o.oid,
    'ROUTINE ' || quote_ident(n.nspname) || '.' || o.proname || '(' || signature.types || ')',
    CASE o.prokind WHEN 'p' THEN 'procedure ' WHEN 'a' THEN 'aggregate ' ELSE 'function ' END
      || n.nspname || '.' || o.proname || '(' || replace(signature.types, '"', '') || ')',
    format('DROP ROUTINE IF EXISTS %I.%I(%s) CASCADE', n.nspname, o.proname, nullif(signature.types, '*'))
  FROM pg_proc o JOIN pg_namespace n ON n.oid = o.pronamespace
    CROSS JOIN LATERAL (SELECT CASE WHEN o.prokind = 'a' AND o.pronargs = 0 THEN '*'
      ELSE ${typesOf(sql`o.proargtypes::oid[]`)} END AS types) signature
  WHERE ${OF_USERS} AND ${OWN}`;

const OPERATORS = sql`
  SELECT o.tableoid, o.oid, 'OPERATOR ' || quote_ident(n.nspname) || '.' || o.oprname || ' ' || signature.types,
    'operator ' || n.nspname || '.' || o.oprname,
    format('DROP OPERATOR IF EXISTS %I.%s %s CASCADE', n.nspname, o.oprname, signature.types)
  FROM pg_operator o JOIN pg_namespace n ON n.oid = o.oprnamespace
    CROSS JOIN LATERAL (SELECT format('(%s, %s)', CASE o.oprleft WHEN 0 THEN 'NONE' ELSE format_type(o.oprleft, NULL) END,
      CASE o.oprright WHEN 0 THEN 'NONE' ELSE format_type(o.oprright, NULL) END) AS types) signature
  WHERE ${OF_USERS} AND ${OWN}`;

const OPERATOR_CLASSES = sql`
  SELECT o.tableoid, o.oid, format('OPERATOR CLASS %I.%I USING %I', n.nspname, o.opcname, a.amname),
    'operator class ' || n.nspname || '.' || o.opcname,
    format('DROP OPERATOR CLASS IF EXISTS %I.%I USING %I CASCADE', n.nspname, o.opcname, a.amname)
  FROM pg_opclass o JOIN pg_namespace n ON n.oid = o.opcnamespace JOIN pg_am a ON a.oid = o.opcmethod
  WHERE ${OF_USERS} AND ${OWN}`;

const OPERATOR_FAMILIES = sql`
  SELECT o.tableoid, o.oid, format('OPERATOR FAMILY %I.%I USING %I', n.nspname, o.opfname, a.amname),
    'operator family ' || n.nspname || '.' || o.opfname,
    format('DROP OPERATOR FAMILY IF EXISTS %I.%I USING %I CASCADE', n.nspname, o.opfname, a.amname)
  FROM pg_opfamily o JOIN pg_namespace n ON n.oid = o.opfnamespace JOIN pg_am a ON a.oid = o.opfmethod
  WHERE ${OF_USERS} AND ${OWN}`;

/** Other objects within schemas. */
const NAMED_IN_SCHEMAS = [
  named(sql`pg_collation`, sql`o.collname`, sql`o.collnamespace`, sql`'COLLATION'`),
  named(sql`pg_conversion`, sql`o.conname`, sql`o.connamespace`, sql`'CONVERSION'`),
  named(sql`pg_ts_parser`, sql`o.prsname`, sql`o.prsnamespace`, sql`'TEXT SEARCH PARSER'`),
  named(sql`pg_ts_dict`, sql`o.dictname`, sql`o.dictnamespace`, sql`'TEXT SEARCH DICTIONARY'`),
  named(sql`pg_ts_template`, sql`o.tmplname`, sql`o.tmplnamespace`, sql`'TEXT SEARCH TEMPLATE'`),
  named(sql`pg_ts_config`, sql`o.cfgname`, sql`o.cfgnamespace`, sql`'TEXT SEARCH CONFIGURATION'`),
  named(sql`pg_statistic_ext`, sql`o.stxname`, sql`o.stxnamespace`, sql`'STATISTICS'`),
];

const CASTS = sql`
  SELECT o.tableoid, o.oid, shown.key, lower(shown.key), format('DROP CAST IF EXISTS (%s) CASCADE', shown.types)
  FROM pg_cast o CROSS JOIN LATERAL (SELECT format('%s AS %s', format_type(o.castsource, NULL), format_type(o.casttarget, NULL)) AS types) t
    CROSS JOIN LATERAL (SELECT t.types, format('CAST (%s)', t.types) AS key) shown WHERE ${OWN}`;

const TRANSFORMS = sql`
  SELECT o.tableoid, o.oid, shown.key, lower(shown.key), format('DROP TRANSFORM IF EXISTS FOR %s CASCADE', shown.types)
  FROM pg_transform o JOIN pg_language l ON l.oid = o.trflang
    CROSS JOIN LATERAL (SELECT format('%s LANGUAGE %I', format_type(o.trftype, NULL), l.lanname) AS types) t
    CROSS JOIN LATERAL (SELECT t.types, 'TRANSFORM FOR ' || t.types AS key) shown WHERE ${OWN}`;

const NAMED_OUTSIDE_SCHEMAS = [
  global(sql`pg_foreign_data_wrapper`, sql`o.fdwname`, sql`'FOREIGN DATA WRAPPER'`),
  global(sql`pg_foreign_server`, sql`o.srvname`, sql`'SERVER'`),
  global(sql`pg_am`, sql`o.amname`, sql`'ACCESS METHOD'`),
  global(sql`pg_event_trigger`, sql`o.evtname`, sql`'EVENT TRIGGER'`),
  global(sql`pg_publication`, sql`o.pubname`, sql`'PUBLICATION'`),
  global(sql`pg_extension`, sql`o.extname`, sql`'EXTENSION'`, sql`false`),
  global(sql`pg_language`, sql`o.lanname`, sql`'PROCEDURAL LANGUAGE'`),
  sql`${global(sql`pg_namespace`, sql`o.nspname`, sql`'SCHEMA'`, sql`false`)} AND o.nspname !~ '^pg_'`,
];

const SUBSCRIPTIONS = sql`
  SELECT 'pg_subscription'::regclass, o.oid, 'SUBSCRIPTION ' || quote_ident(o.subname), 'subscription ' || o.subname, NULL
  FROM pg_subscription o WHERE o.subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())`;

const USER_MAPPINGS = sql`
  SELECT 'pg_user_mapping'::regclass, o.umid, mapping.key, 'user mapping for ' || o.usename || ' server ' || o.srvname,
    'DROP USER MAPPING IF EXISTS ' || substr(mapping.key, 14)
  FROM pg_user_mappings o CROSS JOIN LATERAL
    (SELECT format('USER MAPPING FOR %I SERVER %I', o.usename, o.srvname) AS key) mapping`;

const triggersOf = (major: number): Sql =>
  major >= 13 ? sql`NOT o.tgisinternal AND o.tgparentid = 0` : sql`NOT o.tgisinternal`;

const namedOnTables = (major: number): Sql[] => [
  onTable(sql`pg_rewrite`, sql`o.rulename`, sql`o.ev_class`, sql`'RULE'`, sql`o.rulename <> '_RETURN'`),
  onTable(sql`pg_trigger`, sql`o.tgname`, sql`o.tgrelid`, sql`'TRIGGER'`, triggersOf(major)),
  onTable(sql`pg_policy`, sql`o.polname`, sql`o.polrelid`, sql`'POLICY'`, sql`true`),
];

const CONSTRAINTS = sql`
  SELECT o.tableoid, o.oid, format('CONSTRAINT %I ON %I.%I', o.conname, n.nspname, c.relname),
    format('constraint %s on %s.%s', o.conname, n.nspname, c.relname), NULL
  FROM pg_constraint o JOIN pg_class c ON c.oid = o.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE o.contype IN ('c', 'f', 'p', 'u', 'x') AND o.conislocal AND o.conparentid = 0 AND ${OF_USERS} AND ${OWN}`;

const PUBLISHED_TABLES = sql`
  SELECT o.tableoid, o.oid, format('PUBLICATION TABLE %I %I.%I', p.pubname, n.nspname, c.relname),
    format('membership of %s.%s in publication %s', n.nspname, c.relname, p.pubname), NULL
  FROM pg_publication_rel o JOIN pg_publication p ON p.oid = o.prpubid
    JOIN pg_class c ON c.oid = o.prrelid JOIN pg_namespace n ON n.oid = c.relnamespace`;

/** Only since version 15 has a publication schemas. */
const PUBLISHED_SCHEMAS = sql`
  SELECT o.tableoid, o.oid, format('PUBLICATION SCHEMA %I %I', p.pubname, n.nspname),
    format('membership of schema %s in publication %s', n.nspname, p.pubname), NULL
  FROM pg_publication_namespace o JOIN pg_publication p ON p.oid = o.pnpubid JOIN pg_namespace n ON n.oid = o.pnnspid`;

/** Rows (classid, objid, key, path, drop): objects by names, and parts that have names. */
const objectsSql = (major: number): Sql =>
  unionAll([
    RELATIONS,
    TYPES,
    ROUTINES,
    OPERATORS,
    OPERATOR_CLASSES,
    OPERATOR_FAMILIES,
    ...NAMED_IN_SCHEMAS,
    CASTS,
    TRANSFORMS,
    ...NAMED_OUTSIDE_SCHEMAS,
    SUBSCRIPTIONS,
    USER_MAPPINGS,
    ...namedOnTables(major),
    CONSTRAINTS,
    PUBLISHED_TABLES,
    ...(major >= 15 ? [PUBLISHED_SCHEMAS] : []),
  ]);

/** Objects with keys, as a CTE's body: `found (classid, objid, key, path, drop)`. */
export const foundObjects = (major: number): Sql =>
  sql`SELECT * FROM (${objectsSql(major)}) AS listed (classid, objid, key, path, drop)`;

/** Rows (tableoid, oid, owner): everything that has an owner and a key. */
export const OWNERS = sql`SELECT tableoid, oid, relowner FROM pg_class UNION ALL SELECT tableoid, oid, proowner FROM pg_proc
  UNION ALL SELECT tableoid, oid, typowner FROM pg_type UNION ALL SELECT tableoid, oid, oprowner FROM pg_operator
  UNION ALL SELECT tableoid, oid, opcowner FROM pg_opclass UNION ALL SELECT tableoid, oid, opfowner FROM pg_opfamily
  UNION ALL SELECT tableoid, oid, collowner FROM pg_collation UNION ALL SELECT tableoid, oid, conowner FROM pg_conversion
  UNION ALL SELECT tableoid, oid, dictowner FROM pg_ts_dict UNION ALL SELECT tableoid, oid, cfgowner FROM pg_ts_config
  UNION ALL SELECT tableoid, oid, stxowner FROM pg_statistic_ext UNION ALL SELECT tableoid, oid, lanowner FROM pg_language
  UNION ALL SELECT tableoid, oid, fdwowner FROM pg_foreign_data_wrapper
  UNION ALL SELECT tableoid, oid, srvowner FROM pg_foreign_server
  UNION ALL SELECT tableoid, oid, evtowner FROM pg_event_trigger UNION ALL SELECT tableoid, oid, pubowner FROM pg_publication`;

/** Rows (key, shape): the numbers of each table's columns and defaults, which have no keys of their own. */
export const TABLE_SHAPES = sql`
  SELECT 'RELATION ' || quote_ident(n.nspname) || '.' || quote_ident(c.relname), concat_ws('/',
    (SELECT count(*) FROM pg_attribute a WHERE a.attrelid = c.oid AND NOT a.attisdropped),
    (SELECT count(*) FROM pg_attrdef d WHERE d.adrelid = c.oid))
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p', 'f') AND c.relpersistence <> 't' AND c.oid >= 16384`;
