/** What a dump says of the database itself, and no pg_restore applies to one of another name: owner, settings, privileges. */
import type { Skipped } from '../../../archive/format.ts';
import { HoldfastError } from '../../../model/errors.ts';
import type { DumpEntry } from '../dump/dump-head.ts';
import { type Decode, quoteName, statementsIn } from '../dump/dump-text.ts';
import { isOfDatabase } from '../plan/role-edits.ts';
import { executeBuilt, type Session } from './psql.ts';
import { databaseName, sql } from './sql.ts';

interface Setting {
  /** What people read. */
  readonly path: string;
  /** With `@` in the place of the database's name. */
  readonly before: string;
  readonly after: string;
  /** Closes something: without it the database would be open to more people than it was. */
  readonly closes: boolean;
}

const NAME = '"(?:[^"]|"")+"';
const ONE = new RegExp(
  `^((?:ALTER DATABASE|ALTER ROLE ${NAME} IN DATABASE|COMMENT ON DATABASE) )${NAME}( .*)$`,
  's',
);
const GRANTED = new RegExp(`^((?:GRANT|REVOKE) [A-Z, ]+ ON DATABASE )${NAME}( .*)$`, 's');

/** Statements of an entry: in one with settings, each begins a line. */
const statementsOf = ({ description, definition }: DumpEntry): string[] =>
  description === 'ACL'
    ? statementsIn(definition ?? '')
    : (definition ?? '').split(/(?<=;)\n+(?=ALTER |COMMENT )/).map((statement) => statement.trim());

/** @param entries as the target server can have them: `editRoles`. */
export const databaseSettings = (entries: readonly DumpEntry[], decode: Decode): Setting[] => {
  const settings: Setting[] = [];
  for (const entry of entries) {
    const { description, owner } = entry;
    if (description === 'DATABASE' && owner !== null && owner !== '')
      settings.push({
        path: `owner ${decode(owner)} of the database`,
        before: 'ALTER DATABASE ',
        after: ` OWNER TO ${decode(quoteName(owner))}`,
        closes: false,
      });
    if (!isOfDatabase(entry) || description === 'DATABASE') continue;
    for (const statement of statementsOf(entry)) {
      const [, before, after] = GRANTED.exec(statement) ?? ONE.exec(statement) ?? [];
      if (before === undefined || after === undefined) continue;
      settings.push({
        path: `of the database: ${decode(`${before.trim()}${after}`).replace(/;$/, '')}`,
        before: decode(before),
        after: decode(after).replace(/;$/, ''),
        closes: before.startsWith('REVOKE '),
      });
    }
  }
  return settings;
};

/**
 * @returns what could not be set, by name.
 * @throws `component_failed` when what closes the database could not be set.
 */
export const applySettings = async (
  session: Session,
  database: string,
  settings: readonly Setting[],
): Promise<Skipped[]> => {
  const skipped: Skipped[] = [];
  for (const { path, before, after, closes } of settings)
    try {
      await executeBuilt(
        session,
        sql`SELECT ${before} || pg_catalog.quote_ident(${databaseName(database)}) || ${after}`,
      );
    } catch (thrown) {
      session.signal.throwIfAborted();
      if (closes || !(thrown instanceof HoldfastError)) throw thrown;
      skipped.push({ path, reason: `not set: ${thrown.message}` });
    }
  return skipped;
};
