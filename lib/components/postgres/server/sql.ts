/**
 * SQL whose values cannot be read as anything else. psql, which carries it, has a language of its own around SQL:
 * variables, backslash commands, and backticks that run a shell. So nothing of a value ever stands in the text but
 * hexadecimal digits, and the constants around it hold nothing that psql would take for its own.
 */
import { HoldfastError } from '../../../model/errors.ts';

/** Made by the tag `sql` only. */
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

/** A backslash begins a command of psql, a colon before a name one of its variables; `::` is SQL's own. */
const OF_PSQL = /\\|(?<!:):[\w'"{]/;

/** @throws `invalid_request` for what no text of PostgreSQL can hold. */
const hexOf = (value: string): string => {
  if (value.includes('\0') || !value.isWellFormed())
    throw new HoldfastError(
      'invalid_request',
      `${JSON.stringify(value)} is no text for PostgreSQL: it holds a NUL character, or half of one`,
    );
  return Buffer.from(value, 'utf8').toString('hex');
};

const decoded = (value: string, encoding: string): string =>
  `pg_catalog.convert_from(pg_catalog.decode('${hexOf(value)}', 'hex'), ${encoding})`;

/**
 * SQL from a template. A string in it becomes an expression of type `text` with that very value, wherever it stands;
 * only what was made by this tag is taken as SQL.
 *
 * @throws `invalid_request` for a value with a NUL or half a character, `TypeError` for constants that psql would read
 * as its own language, and for a text that is no template.
 */
export const sql = (strings: TemplateStringsArray, ...parts: readonly (SqlText | string)[]): SqlText => {
  // The strings of a template are frozen by the language: a list that somebody put together is none.
  if (!Object.isFrozen(strings) || !Object.isFrozen(strings.raw))
    throw new TypeError('SQL is written as a template');
  if (strings.some((constant) => OF_PSQL.test(constant)))
    throw new TypeError(`psql would read this as its own language: ${strings.join('?')}`);
  const texts = parts.map((part) => (part instanceof SqlText ? part.text : decoded(part, "'UTF8'")));
  return new SqlText(strings.map((constant, index) => constant + (texts[index] ?? '')).join(''));
};

/**
 * The name of a database as an expression of type `text`. Names of databases are bytes to a server: whoever connects
 * sends them as they are, whatever the encoding of the database.
 */
export const databaseName = (name: string): SqlText =>
  new SqlText(decoded(name, 'pg_catalog.getdatabaseencoding()'));
