/**
 * What a dump says about the database itself, and pg_restore never applies to a database of another name: owner,
 * settings, privileges.
 */
import type { Skipped } from '../../../archive/format.ts';
import { HoldfastError } from '../../../model/errors.ts';
import type { DumpEntry } from '../dump/dump-head.ts';
import { type Decode, quoteName, statementsIn } from '../dump/dump-text.ts';
import { isOfDatabase } from '../plan/role-edits.ts';
import { executeBuilt, type Session } from './psql.ts';
import { databaseName, sql } from './sql.ts';

interface Setting {
  /** The name for people. */
  readonly path: string;
  /** The statement's parts before and after the database's name. */
  readonly before: string;
  readonly after: string;
  /** Whether it closes something: without it the database would be open to more people than before. */
  readonly closes: boolean;
}

const NAME = '"(?:[^"]|"")+"';
const ONE = new RegExp(
  `^((?:ALTER DATABASE|ALTER ROLE ${NAME} IN DATABASE|COMMENT ON DATABASE) )${NAME}( .*)$`,
  's',
);
const GRANTED = new RegExp(`^((?:GRANT|REVOKE) [A-Z, ]+ ON DATABASE )${NAME}( .*)$`, 's');

/** The statements of an entry; in an entry with settings, each begins on a new line. */
const statementsOf = ({ description, definition }: DumpEntry): string[] =>
  description === 'ACL'
    ? statementsIn(definition ?? '')
    : (definition ?? '').split(/(?<=;)\n+(?=ALTER |COMMENT )/).map((statement) => statement.trim());

/** @param entries in the form that the target server accepts, from `editRoles` */
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
 * @throws `component_failed` when a statement that closes the database failed.
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
