/**
 * Shared by the tests of the postgres kind: settings, secrets in memory, a log in memory, a varied database.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { SecretReference } from '../../../lib/model/components/common-settings.ts';
import type { PostgresSettings } from '../../../lib/model/components/postgres.ts';
import { HoldfastError } from '../../../lib/model/errors.ts';
import type { Logger } from '../../../lib/ports/logger.ts';
import type { Secrets } from '../../../lib/ports/secrets.ts';
import { deadlineIn } from '../../deadline.ts';

export const postgresSettings = (url: SecretReference): PostgresSettings => ({
  id: 'database',
  domain: 'root',
  kind: 'postgres',
  url,
  onUnlogged: 'partial',
  restoreSessions: 4,
});

/** Secrets of the kind `env`, by name. */
export const secretsOf = (values: Readonly<Record<string, string>>): Secrets => ({
  resolve: async (reference) => {
    const value = 'env' in reference ? values[reference.env] : undefined;
    if (value === undefined) throw new HoldfastError('component_unavailable', 'there is no such secret');
    return value;
  },
});

/** A logger that keeps all its lines as text. */
export const keptLog = (): { readonly log: Logger; readonly lines: string[] } => {
  const lines: string[] = [];
  const write = (message: string, fields?: Readonly<Record<string, unknown>>): void => {
    lines.push(`${message} ${JSON.stringify(fields ?? {})}`);
  };
  const log: Logger = { debug: write, info: write, warn: write, error: write, child: () => log };
  return { log, lines };
};

/**
 * One of each object that a dump must contain, with names that need quoting. The caller creates the roles.
 */
export const VARIED_SQL = `
CREATE EXTENSION pgcrypto;
CREATE SCHEMA "Bücher & mehr";
CREATE TYPE mood AS ENUM ('sad', 'ok', 'glücklich');
CREATE DOMAIN positive AS integer CHECK (VALUE > 0);
CREATE TABLE customers (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL, mood mood DEFAULT 'ok', score positive, born date, seen timestamptz,
  tags text[], data jsonb, picture bytea, address inet, ratio numeric(20, 10), weight double precision,
  shout text GENERATED ALWAYS AS (upper(name)) STORED,
  UNIQUE (name));
CREATE TABLE "Bücher & mehr"."a ""quoted"" table" (
  "select" integer REFERENCES public.customers (id) ON DELETE CASCADE, "Ünïcode 🎈" text, CHECK ("select" > 0));
CREATE INDEX ON "Bücher & mehr"."a ""quoted"" table" (lower("Ünïcode 🎈"));
CREATE SEQUENCE invoice_number START 1000 INCREMENT 10;
SELECT nextval('invoice_number'), nextval('invoice_number');
CREATE VIEW happy AS SELECT id, name FROM customers WHERE mood = 'glücklich';
CREATE MATERIALIZED VIEW totals AS SELECT mood, count(*) FROM customers GROUP BY mood WITH NO DATA;
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.seen := '2026-01-01 12:00+00'; RETURN NEW; END $$;
CREATE TRIGGER touch BEFORE UPDATE ON customers FOR EACH ROW EXECUTE FUNCTION touch();
CREATE TABLE measured (at date NOT NULL, value real) PARTITION BY RANGE (at);
CREATE TABLE measured_2026 PARTITION OF measured FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE TABLE nothing ();
COMMENT ON TABLE customers IS 'Kundinnen und Kunden';
INSERT INTO customers (name, mood, score, born, tags, data, picture, address, ratio, weight) VALUES
  (E'O''Brien\\t"x"\\n\\\\N', 'glücklich', 7, '0044-03-15 BC', ARRAY['a', NULL, '{}'], '{"k": [1, null]}',
    decode('00ff27225c0a0d', 'hex'), '2001:db8::1/64', 1234567890.0123456789, 'NaN'),
  ('日本語 🎈', DEFAULT, NULL, 'infinity', '{}', 'null', NULL, NULL, NULL, '-0');
UPDATE customers SET score = 8 WHERE score = 7;
INSERT INTO "Bücher & mehr"."a ""quoted"" table" SELECT 1, repeat('ü', 10000);
INSERT INTO measured SELECT date '2026-01-01' + n % 365, n / 7.0 FROM generate_series(1, 1000) n;
REFRESH MATERIALIZED VIEW totals;
SELECT lo_from_bytea(4711, sha512('large') || decode(repeat('00ff', 5000), 'hex'));
SELECT lo_create(4712);
`;

/** A table of this many megabytes, quick to make, which the server does not compress. */
export const bulkSql = (megabytes: number): string => `
CREATE TABLE bulk (id integer, filling text);
ALTER TABLE bulk ALTER filling SET STORAGE EXTERNAL;
INSERT INTO bulk SELECT n, repeat(md5(n::text), 310) FROM generate_series(1, ${megabytes * 100}) n;`;

/** Polls until the condition is true. */
export const until = async (what: string, holds: () => Promise<boolean> | boolean): Promise<void> => {
  const deadline = deadlineIn(15_000);
  while (!(await holds())) {
    if (deadline.isOver) throw new Error(`it did not come to pass: ${what}`);
    await delay(20);
  }
};

/** The error with which a promise rejects. */
export const failureOf = async (promise: Promise<unknown>): Promise<{ code?: string; message: string }> => {
  const result = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(result instanceof Error)) throw new Error('it did not fail');
  return result;
};
