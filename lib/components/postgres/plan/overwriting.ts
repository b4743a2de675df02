/**
 * SQL that a restore over a non-empty database runs first, within its one transaction: it drops what the plan says, and
 * checks that nothing else is gone with it. It is an entry of our own in the dump's table of contents.
 */

import { quoteName } from '../dump/dump-text.ts';
import { foundObjects, TABLE_SHAPES } from '../server/catalog-objects.ts';
import { type Sql, sql } from '../server/sql.ts';
import type { TargetEventTrigger, TargetObject } from './target-objects.ts';

const each = (list: readonly (string | number)[]): Sql =>
  sql`SELECT jsonb_array_elements_text(${JSON.stringify(list.map(String))}::jsonb)`;

const TABLE = /^DROP TABLE IF EXISTS (.+) CASCADE$/s;

export interface Overwriting {
  readonly major: number;
  /** Objects of the target that the dump has, too. */
  readonly held: readonly TargetObject[];
  /** Keys of everything that may be gone afterwards. */
  readonly planned: readonly string[];
  readonly emptied: readonly string[];
  readonly largeObjects: readonly number[];
}

/**
 * Parts of a table, such as indexes, are dropped with it; parts are dropped last, since they may belong to another
 * table now.
 */
const dropsOf = (held: readonly TargetObject[]): string[] => {
  const drops = held.flatMap(({ drop }) => (drop === null ? [] : [drop]));
  const isPart = (drop: string): boolean => /^DROP (INDEX|TRIGGER|RULE|POLICY) /.test(drop);
  return [...drops.filter((drop) => !isPart(drop)), ...drops.filter(isPart)];
};

export const overwriteSql = ({ major, held, planned, emptied, largeObjects }: Overwriting): Sql => {
  const drops = dropsOf(held);
  const locks = drops.flatMap((drop) => {
    const table = TABLE.exec(drop)?.[1];
    return table === undefined ? [] : [`LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`];
  });
  return sql`DO $holdfast$
DECLARE
  step text;
  present text[];
  tables text[];
  shapes text[];
  lost text;
BEGIN
  PERFORM set_config('quote_all_identifiers', 'on', true);
  FOR step IN ${each(locks)} LOOP EXECUTE step; END LOOP;
  present := array(SELECT f.key FROM (${foundObjects(major)}) f);
  SELECT array_agg(t.key), array_agg(t.shape) INTO tables, shapes FROM (${TABLE_SHAPES}) AS t (key, shape);
  FOR step IN ${each(drops)} LOOP EXECUTE step; END LOOP;
  SELECT string_agg(g.key, ', ') INTO lost FROM (
    ((SELECT unnest(present) EXCEPT SELECT f.key FROM (${foundObjects(major)}) f) EXCEPT ${each(planned)})
    UNION ALL SELECT 'a column or default of ' || t.key FROM unnest(tables, shapes) AS before (key, shape)
      JOIN (${TABLE_SHAPES}) AS t (key, shape) ON t.key = before.key WHERE t.shape <> before.shape LIMIT 20) AS g (key);
  IF lost IS NOT NULL THEN
    RAISE EXCEPTION 'this would be gone too, and was not planned: %', lost USING HINT = 'plan the restore again';
  END IF;
  FOR step IN ${each(largeObjects)} LOOP PERFORM lo_unlink(step::oid); END LOOP;
  FOR step IN ${each(emptied)} LOOP EXECUTE step; END LOOP;
  PERFORM set_config('quote_all_identifiers', 'off', true);
END $holdfast$;`;
};

/** Runs our own statements, one by one. */
const runEach = (statements: readonly string[]): Sql => sql`DO $holdfast$
DECLARE
  step text;
BEGIN
  FOR step IN ${each(statements)} LOOP EXECUTE step; END LOOP;
END $holdfast$;`;

const alterEventTrigger = (name: string, how: string): string =>
  `ALTER EVENT TRIGGER ${quoteName(name)} ${how}`;

/**
 * Without this, each statement of a restore would run the event triggers, and a failing one would end it. Others do not
 * see the change, since it is made in the transaction.
 */
export const switchOff = (triggers: readonly TargetEventTrigger[]): Sql =>
  runEach(triggers.map(({ name }) => alterEventTrigger(name, 'DISABLE')));

/** Restores the triggers' former states. */
export const switchOn = (triggers: readonly TargetEventTrigger[]): Sql =>
  runEach(triggers.map(({ name, always }) => alterEventTrigger(name, always ? 'ENABLE ALWAYS' : 'ENABLE')));

/**
 * Removes the restoring user's default grants: a restore would otherwise give them to all that it makes, and no dump
 * revokes them.
 */
export const SET_DEFAULTS_ASIDE = sql`DO $holdfast$
DECLARE
  held record;
  item record;
  kinds text;
  start text;
  saved jsonb := '[]';
BEGIN
  FOR held IN SELECT d.defaclnamespace AS within, d.defaclobjtype AS kind, d.defaclacl AS acl
    FROM pg_default_acl d JOIN pg_roles r ON r.oid = d.defaclrole WHERE r.rolname = current_user LOOP
    kinds := CASE held.kind WHEN 'r' THEN 'TABLES' WHEN 'S' THEN 'SEQUENCES' WHEN 'f' THEN 'FUNCTIONS'
      WHEN 'T' THEN 'TYPES' WHEN 'n' THEN 'SCHEMAS' ELSE 'LARGE OBJECTS' END;
    start := 'ALTER DEFAULT PRIVILEGES' || CASE held.within WHEN 0 THEN '' ELSE ' IN SCHEMA ' || held.within::regnamespace END;
    IF held.within = 0 THEN
      saved := saved || to_jsonb(format('%s REVOKE ALL ON %s FROM PUBLIC, CURRENT_USER', start, kinds));
    END IF;
    FOR item IN SELECT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END AS who,
        a.is_grantable AS further, string_agg(a.privilege_type, ', ') AS privileges
      FROM aclexplode(held.acl) a GROUP BY 1, 2 LOOP
      saved := saved || to_jsonb(format('%s GRANT %s ON %s TO %s%s', start, item.privileges, kinds, item.who,
        CASE WHEN item.further THEN ' WITH GRANT OPTION' ELSE '' END));
      EXECUTE format('%s REVOKE ALL ON %s FROM %s', start, kinds, item.who);
    END LOOP;
    IF held.within = 0 THEN
      EXECUTE format('%s GRANT ALL ON %s TO CURRENT_USER', start, kinds);
      IF held.kind IN ('f', 'T') THEN EXECUTE format('%s GRANT ALL ON %s TO PUBLIC', start, kinds); END IF;
    END IF;
  END LOOP;
  PERFORM set_config('holdfast.default_privileges', saved::text, true);
END $holdfast$;`;

/** Runs after the dump's own defaults: what the target granted by default is added to them. */
export const PUT_DEFAULTS_BACK = sql`DO $holdfast$
DECLARE
  step text;
BEGIN
  FOR step IN SELECT jsonb_array_elements_text(current_setting('holdfast.default_privileges')::jsonb) LOOP
    EXECUTE step;
  END LOOP;
END $holdfast$;`;
