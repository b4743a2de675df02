/**
 * One database with every kind of object that PostgreSQL has. Each fault that is found adds to it: an object
 * that a restore lost, or made accessible, is added here and then checked in every way to restore.
 */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { PostgresServer } from '../../servers/postgres-server.ts';

/** The roles that the database names; some may be missing where it is restored. */
export const FEATURE_ROLES = ['app', 'app reader', 'auditor', 'giver', 'taker'] as const;

export const makeRoles = async (server: PostgresServer, roles: readonly string[]): Promise<void> => {
  for (const role of roles) await server.sql(`CREATE ROLE "${role}"`);
};

/** @param superuser the server's superuser, who runs it */
export const featureSql = (major: number, superuser: string): string => `
CREATE EXTENSION citext;
CREATE EXTENSION hstore;
CREATE SCHEMA s; CREATE SCHEMA "odd ""schema"""; CREATE SCHEMA closed AUTHORIZATION app;
GRANT USAGE ON SCHEMA s TO "app reader", giver; GRANT USAGE, CREATE ON SCHEMA "odd ""schema""" TO app;
COMMENT ON SCHEMA s IS 'all of it';

CREATE TYPE s.mood AS ENUM ('sad', 'ok', 'glücklich'); CREATE TYPE s.pair AS (a int, b text);
CREATE TYPE s.span AS RANGE (subtype = float8); CREATE DOMAIN s.positive AS int CHECK (VALUE > 0) DEFAULT 1;
CREATE TYPE s.shell; REVOKE USAGE ON TYPE s.mood FROM PUBLIC; GRANT USAGE ON TYPE s.mood TO app;
CREATE COLLATION s.plain FROM "C"; CREATE CONVERSION s.latin FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8;
CREATE TEXT SEARCH DICTIONARY s.words (TEMPLATE = simple); CREATE TEXT SEARCH CONFIGURATION s.search (COPY = simple);
CREATE TEXT SEARCH PARSER s.parses (START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end, LEXTYPES = prsd_lextype);
CREATE TEXT SEARCH TEMPLATE s.template (LEXIZE = dsimple_lexize);

CREATE FUNCTION s.plus(a int, b int DEFAULT 1, VARIADIC more int[] DEFAULT '{}') RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT a + b';
CREATE FUNCTION s.atomic(n int) RETURNS int LANGUAGE sql IMMUTABLE BEGIN ATOMIC SELECT n * 2; END;
CREATE FUNCTION s.mood_less(s.mood, s.mood) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1 < $2';
CREATE FUNCTION s.mood_cmp(s.mood, s.mood) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT enum_larger($1, $2)::text::int';
CREATE FUNCTION s.pair_number(s.pair) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT ($1).a';
CREATE PROCEDURE s.does(INOUT n int, w text DEFAULT 'x') LANGUAGE plpgsql AS $$ BEGIN n := n + 1; END $$;
CREATE AGGREGATE s.total(int) (SFUNC = int4pl, STYPE = int, INITCOND = '0'); CREATE AGGREGATE s.number(*) (SFUNC = int8inc, STYPE = int8, INITCOND = '0');
CREATE OPERATOR s.<<< (LEFTARG = s.mood, RIGHTARG = s.mood, FUNCTION = s.mood_less); CREATE OPERATOR s.!! (RIGHTARG = s.pair, FUNCTION = s.pair_number);
CREATE OPERATOR FAMILY s.family USING btree; CREATE OPERATOR CLASS s.class FOR TYPE s.mood USING btree FAMILY s.family AS OPERATOR 1 s.<<<, FUNCTION 1 s.mood_cmp(s.mood, s.mood);
CREATE CAST (s.pair AS int) WITH FUNCTION s.pair_number(s.pair);
CREATE FUNCTION s.secret() RETURNS text LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS 'SELECT current_user::text';
REVOKE ALL ON FUNCTION s.secret() FROM PUBLIC; GRANT EXECUTE ON FUNCTION s.secret() TO auditor; ALTER FUNCTION s.secret() OWNER TO app;
CREATE FUNCTION s.touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.seen := '2026-01-01 12:00+00'; RETURN NEW; END $$;
CREATE FUNCTION s.pass() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE FUNCTION s.watch() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN END $$;

CREATE TABLE s.customers (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name citext NOT NULL UNIQUE, mood s.mood DEFAULT 'ok', score s.positive,
  extra hstore, shout text COLLATE s.plain GENERATED ALWAYS AS (upper('x' || id)) STORED, seen timestamptz, pairs s.pair[], spans s.span,
  CONSTRAINT named CHECK (name <> ''), EXCLUDE USING gist (spans WITH &&));
CREATE TABLE s.orders (id serial PRIMARY KEY, customer bigint REFERENCES s.customers ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
  parent int REFERENCES s.orders, amount numeric(12, 2) DEFAULT 0) WITH (fillfactor = 80);
ALTER TABLE s.customers ADD COLUMN latest int REFERENCES s.orders;
CREATE TABLE s.measured (at date NOT NULL, n int, value real, PRIMARY KEY (at, n)) PARTITION BY RANGE (at);
CREATE TABLE s.measured_2026 PARTITION OF s.measured FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE TABLE s.measured_rest PARTITION OF s.measured DEFAULT PARTITION BY LIST (n); CREATE TABLE s.measured_one PARTITION OF s.measured_rest FOR VALUES IN (1);
CREATE TABLE s.refers (at date, n int, FOREIGN KEY (at, n) REFERENCES s.measured);
CREATE TABLE s.base (a int, b text); CREATE TABLE s.derived (c int) INHERITS (s.base); CREATE TABLE s.typed OF s.pair (PRIMARY KEY (a));
CREATE UNLOGGED TABLE s.fleeting (n int); CREATE TABLE "odd ""schema"""."a ""quoted"" table; --" ("select" int, "Ünïcode 🎈" text);
CREATE TABLE public.nothing (); CREATE TABLE closed.held (n int); ALTER TABLE closed.held OWNER TO app;
CREATE INDEX by_mood ON s.customers (mood s.class) WHERE score > 1; CREATE INDEX by_expression ON s.customers (s.plus(id::int), lower(name));
CREATE INDEX parted ON s.measured (value); CREATE UNIQUE INDEX covering ON s.orders (id) INCLUDE (amount);
CREATE STATISTICS s.both (ndistinct, dependencies) ON customer, parent FROM s.orders; ALTER TABLE s.customers ALTER name SET STATISTICS 500;
ALTER TABLE s.orders CLUSTER ON covering; ALTER TABLE s.orders REPLICA IDENTITY FULL; ALTER TABLE s.customers ALTER extra SET STORAGE EXTERNAL;
CREATE SEQUENCE s.free START 1000 INCREMENT 10 CYCLE; SELECT nextval('s.free'); GRANT USAGE ON SEQUENCE s.free TO "app reader";

CREATE VIEW s.happy WITH (security_barrier) AS SELECT id, name FROM s.customers WHERE mood = 'glücklich' WITH CHECK OPTION;
CREATE VIEW s.lent AS SELECT * FROM closed.held; ALTER VIEW s.lent OWNER TO app; GRANT SELECT ON s.lent TO "app reader";
CREATE RECURSIVE VIEW s.tree (id, parent) AS SELECT id, parent FROM s.orders WHERE parent IS NULL UNION ALL SELECT o.id, o.parent FROM s.orders o JOIN tree USING (id);
CREATE MATERIALIZED VIEW s.totals AS SELECT mood, count(*) FROM s.customers GROUP BY mood; CREATE UNIQUE INDEX ON s.totals (mood);
CREATE MATERIALIZED VIEW s.unfilled AS SELECT 1 AS n WITH NO DATA;
CREATE RULE quiet AS ON DELETE TO s.happy DO INSTEAD NOTHING; CREATE RULE also AS ON INSERT TO s.base DO ALSO NOTHING;
CREATE TRIGGER touch BEFORE UPDATE OF name ON s.customers FOR EACH ROW WHEN (OLD.name <> NEW.name) EXECUTE FUNCTION s.touch();
CREATE CONSTRAINT TRIGGER later AFTER INSERT ON s.orders DEFERRABLE FOR EACH ROW EXECUTE FUNCTION s.pass();
CREATE TRIGGER on_all BEFORE INSERT ON s.measured FOR EACH ROW EXECUTE FUNCTION s.pass(); ALTER TABLE s.measured_2026 DISABLE TRIGGER on_all;
CREATE EVENT TRIGGER watches ON ddl_command_end WHEN TAG IN ('CREATE LANGUAGE') EXECUTE FUNCTION s.watch();
ALTER TABLE s.customers ENABLE ROW LEVEL SECURITY; ALTER TABLE s.customers FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON s.customers FOR SELECT TO app USING (name = current_user); CREATE POLICY narrow ON s.customers AS RESTRICTIVE USING (score > 0);

CREATE FOREIGN DATA WRAPPER wraps; CREATE SERVER far TYPE 'x' VERSION '1' FOREIGN DATA WRAPPER wraps OPTIONS (host 'nowhere');
CREATE USER MAPPING FOR app SERVER far OPTIONS ("user" 'u', password 'p'); CREATE USER MAPPING FOR PUBLIC SERVER far; CREATE USER MAPPING FOR ${superuser} SERVER far;
CREATE FOREIGN TABLE s.distant (n int OPTIONS (x 'y')) SERVER far OPTIONS (t 'z'); GRANT USAGE ON FOREIGN SERVER far TO app; GRANT USAGE ON FOREIGN DATA WRAPPER wraps TO app;
CREATE ACCESS METHOD heaps TYPE TABLE HANDLER heap_tableam_handler; CREATE TABLE s.by_method (n int) USING heaps;
CREATE FUNCTION s.handles() RETURNS language_handler LANGUAGE c AS '$libdir/plpgsql', 'plpgsql_call_handler'; CREATE TRUSTED LANGUAGE plother HANDLER s.handles; GRANT USAGE ON LANGUAGE plother TO app;
CREATE PUBLICATION part FOR TABLE s.customers (id, name), s.orders WHERE (id > 0); ${major >= 15 ? 'CREATE PUBLICATION spread FOR TABLES IN SCHEMA closed;' : ''} CREATE PUBLICATION whole FOR ALL TABLES;
CREATE SUBSCRIPTION sub CONNECTION 'dbname=nowhere' PUBLICATION elsewhere WITH (connect = false, slot_name = NONE);

GRANT SELECT, INSERT ON s.customers TO app; GRANT SELECT (id, name), UPDATE (mood) ON s.customers TO "app reader"; GRANT ALL ON s.orders TO auditor;
GRANT SELECT ON s.orders TO giver WITH GRANT OPTION; SET SESSION AUTHORIZATION giver; GRANT SELECT ON s.orders TO taker; RESET SESSION AUTHORIZATION;
REVOKE UPDATE ON s.base FROM ${superuser}; GRANT SELECT ON s.base TO PUBLIC; ALTER TABLE s.refers OWNER TO app; ALTER TYPE s.pair OWNER TO app;
ALTER DEFAULT PRIVILEGES FOR ROLE app GRANT SELECT ON TABLES TO "app reader"; ALTER DEFAULT PRIVILEGES FOR ROLE app REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
ALTER DEFAULT PRIVILEGES IN SCHEMA s GRANT USAGE ON SEQUENCES TO auditor WITH GRANT OPTION;
COMMENT ON COLUMN s.customers.name IS 'wer''s ist'; COMMENT ON FUNCTION s.atomic(int) IS 'doubles'; COMMENT ON TRIGGER touch ON s.customers IS 't'; COMMENT ON INDEX s.by_mood IS 'i'; COMMENT ON CONSTRAINT named ON s.customers IS 'c';

INSERT INTO s.customers (name, mood, score, extra, pairs, spans) VALUES
  (E'O''Brien\\t"x"\\n\\\\N', 'glücklich', 7, 'a=>1', ARRAY[(1, 'x')::s.pair], '[1,2)'), ('日本語 🎈', DEFAULT, NULL, NULL, NULL, '[3,4)');
INSERT INTO s.orders (customer, parent, amount) VALUES (1, NULL, 9.99), (2, 1, 0); UPDATE s.customers SET latest = 1 WHERE id = 1;
INSERT INTO s.measured SELECT date '2026-01-01' + n, n, n / 7.0 FROM generate_series(1, 100) n; INSERT INTO s.measured VALUES ('2020-01-01', 1, 0); INSERT INTO s.refers VALUES ('2020-01-01', 1);
INSERT INTO s.base VALUES (1, 'base'); INSERT INTO s.derived VALUES (2, 'derived', 3); INSERT INTO s.typed VALUES (1, 'typed'); INSERT INTO s.fleeting VALUES (1);
INSERT INTO "odd ""schema"""."a ""quoted"" table; --" VALUES (1, repeat('ü', 5000)); INSERT INTO closed.held VALUES (42); INSERT INTO s.by_method VALUES (5); REFRESH MATERIALIZED VIEW s.totals;
SELECT lo_from_bytea(4711, decode(repeat('00ff', 5000), 'hex')), lo_create(4712); GRANT SELECT ON LARGE OBJECT 4711 TO auditor; ALTER LARGE OBJECT 4712 OWNER TO app; COMMENT ON LARGE OBJECT 4712 IS 'empty';
`;

/** The database with its rows as SQL, without the lines that differ from run to run. */
export const textOf = async (server: PostgresServer, database: string): Promise<string> => {
  const { stdout } = await promisify(execFile)(
    join(server.programs, 'pg_dump'),
    ['--inserts', '--create', server.url(database)],
    { maxBuffer: 1 << 29 },
  );
  return stdout
    .replaceAll(/^\\(un)?restrict .*$/gm, '')
    .replaceAll(database, 'DATABASE')
    .split('\n')
    .sort()
    .join('\n');
};

const PRIVILEGES = `
WITH objects (what, acl, owner) AS (
  SELECT 'relation ' || oid::regclass, coalesce(relacl, acldefault(CASE relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", relowner)), relowner
    FROM pg_class WHERE relkind IN ('r', 'p', 'v', 'm', 'S', 'f') AND relnamespace <> 'pg_catalog'::regnamespace AND oid >= 16384
  UNION ALL SELECT 'column ' || attrelid::regclass || '.' || attname, attacl, (SELECT relowner FROM pg_class WHERE oid = attrelid)
    FROM pg_attribute WHERE attacl IS NOT NULL AND attrelid >= 16384
  UNION ALL SELECT 'routine ' || oid::regprocedure, coalesce(proacl, acldefault('f', proowner)), proowner FROM pg_proc WHERE oid >= 16384
  UNION ALL SELECT 'type ' || oid::regtype, coalesce(typacl, acldefault('T', typowner)), typowner FROM pg_type WHERE oid >= 16384 AND typtype IN ('b', 'e', 'd', 'r', 'c') AND typcategory <> 'A'
  UNION ALL SELECT 'schema ' || nspname, coalesce(nspacl, acldefault('n', nspowner)), nspowner FROM pg_namespace WHERE nspname !~ '^pg_(toast|temp)'
  UNION ALL SELECT 'language ' || lanname, coalesce(lanacl, acldefault('l', lanowner)), lanowner FROM pg_language
  UNION ALL SELECT 'server ' || srvname, coalesce(srvacl, acldefault('S', srvowner)), srvowner FROM pg_foreign_server
  UNION ALL SELECT 'wrapper ' || fdwname, coalesce(fdwacl, acldefault('F', fdwowner)), fdwowner FROM pg_foreign_data_wrapper
  UNION ALL SELECT 'large object ' || oid, coalesce(lomacl, acldefault('L', lomowner)), lomowner FROM pg_largeobject_metadata)
SELECT what || ': ' || a.privilege_type || ' for ' || CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(a.grantee) END
  || CASE WHEN a.is_grantable THEN ' and further' ELSE '' END
FROM objects CROSS JOIN LATERAL aclexplode(acl) a WHERE a.grantee <> owner
UNION ALL SELECT 'as its owner ' || pg_get_userbyid(proowner) || ': ' || oid::regprocedure FROM pg_proc WHERE prosecdef AND oid >= 16384
UNION ALL SELECT 'open rows: ' || oid::regclass FROM pg_class WHERE relkind IN ('r', 'p') AND oid >= 16384 AND NOT relrowsecurity
  AND relnamespace <> 'pg_catalog'::regnamespace
UNION ALL SELECT 'by default for ' || pg_get_userbyid(d.defaclrole) || ': ' || a.privilege_type || ' on ' || d.defaclobjtype::text || ' in ' || d.defaclnamespace::regnamespace || ' for '
  || CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(a.grantee) END FROM pg_default_acl d CROSS JOIN LATERAL aclexplode(d.defaclacl) a WHERE a.grantee <> d.defaclrole`;

/**
 * All privileges that others have, one line each. A restored database must have none that the source lacked.
 */
export const privilegesOf = async (server: PostgresServer, database: string): Promise<string[]> =>
  (await server.sql(`SET search_path = pg_catalog; ${PRIVILEGES}`, database)).split('\n').sort();

/** For each table, its number of rows and a digest of them. */
export const rowsOf = async (
  server: PostgresServer,
  database: string,
): Promise<ReadonlyMap<string, string>> => {
  const each = await server.sql(
    `SELECT format('SELECT encode(convert_to(%L, ''UTF8''), ''hex'') || chr(9) || count(*) || md5(coalesce(string_agg(md5(t::text), NULL ORDER BY md5(t::text)), '''')) FROM ONLY %s t;', c.oid::regclass, c.oid::regclass)
     FROM pg_class c WHERE c.relkind = 'r' AND c.oid >= 16384 AND c.relnamespace <> 'pg_catalog'::regnamespace
       AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = c.oid AND deptype = 'e')`,
    database,
  );
  const lines = (await server.sql(each, database)).split('\n').filter((line) => line !== '');
  // Names are in hexadecimal, because they may contain line breaks.
  return new Map(
    lines.map((line) => {
      const [name = '', digest = ''] = line.split('\t');
      return [Buffer.from(name, 'hex').toString('utf8'), digest];
    }),
  );
};
