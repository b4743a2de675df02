/**
 * SQL whose values cannot be read as code. psql, which sends it, has a language of its own around SQL: variables,
 * backslash commands, and backticks that run a shell. So the text holds only the hexadecimal digits of a value, and the
 * constants around it hold nothing of psql's language.
 */
import { HoldfastError } from '../../../model/errors.ts';

/** Made only by the tag `sql`. */
class SqlText {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  get text(): string {
    return this.#text;
  }
}

export type { SqlText as Sql };

/** A backslash begins a psql command, a colon before a name a psql variable; `::` is SQL. */
const OF_PSQL = /\\|(?<!:):[\w'"{]/;

/** @throws `invalid_request` for a text that PostgreSQL cannot hold */
const hexOf = (value: string): string => {
  if (value.includes('\0') || !value.isWellFormed())
    throw new HoldfastError(
      'invalid_request',
      `${JSON.stringify(value)} is not a text for PostgreSQL: it has a NUL character or an unpaired surrogate`,
    );
  return Buffer.from(value, 'utf8').toString('hex');
};

const decoded = (value: string, encoding: string): string =>
  `pg_catalog.convert_from(pg_catalog.decode('${hexOf(value)}', 'hex'), ${encoding})`;

/**
 * Makes SQL from a template. A string in it becomes an expression of type `text` with exactly that value, wherever it
 * is; only values made by this tag are used as SQL.
 *
 * @throws `invalid_request` for a value with a NUL or half a character, `TypeError` for constants that psql would read
 * as its own language, and for a text that is no template.
 */
export const sql = (strings: TemplateStringsArray, ...parts: readonly (SqlText | string)[]): SqlText => {
  // The language freezes a template's strings; a list that somebody built is not frozen.
  if (!Object.isFrozen(strings) || !Object.isFrozen(strings.raw))
    throw new TypeError('SQL is written as a template');
  if (strings.some((constant) => OF_PSQL.test(constant)))
    throw new TypeError(`psql would read this as its own language: ${strings.join('?')}`);
  const texts = parts.map((part) => (part instanceof SqlText ? part.text : decoded(part, "'UTF8'")));
  return new SqlText(strings.map((constant, index) => constant + (texts[index] ?? '')).join(''));
};

/** The rows of all these queries, of which there is at least one. */
export const unionAll = (queries: readonly SqlText[]): SqlText =>
  queries.reduce((all, next) => sql`${all}\n  UNION ALL ${next}`);

/**
 * The name of a database as an expression of type `text`. To a server, names of databases are bytes: a client sends
 * them unchanged, whatever the encoding of the database.
 */
export const databaseName = (name: string): SqlText =>
  new SqlText(decoded(name, 'pg_catalog.getdatabaseencoding()'));
