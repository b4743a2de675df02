/**
 * Queries a server through psql, so that Holdfast uses only PostgreSQL's own programs, and connects as they do. psql's
 * input is SQL from `sql.ts`, and one of its own commands: `\gexec`.
 */
import * as z from 'zod';
import { HoldfastError } from '../../../model/errors.ts';
import type { ClientTools } from './client-tools.ts';
import { type Connection, conninfo, placeOf } from './connection.ts';
import { type Sql, sql } from './sql.ts';
import { runTool, type ToolEnd, toldWords } from './tool-process.ts';

export interface Session {
  readonly tools: ClientTools;
  readonly connection: Connection;
  readonly signal: AbortSignal;
}

/** psql's own exit codes: https://www.postgresql.org/docs/current/app-psql.html */
const NO_CONNECTION = 2;

/** Sent on standard input and not as an argument, so that no other user sees the query, whatever its length. */
const psql = (
  { tools, connection, signal }: Session,
  input: string,
): Promise<ToolEnd & { readonly output: string }> =>
  runTool(
    'psql',
    [
      ...['--no-psqlrc', '--no-align', '--tuples-only', '--quiet', '--no-password', '--file=-'],
      ...['--variable=ON_ERROR_STOP=1', `--dbname=${conninfo(connection)}`],
    ],
    // Settings of a role or a database must not change how our SQL is read.
    { tools, connection, signal, input, environment: { PGCLIENTENCODING: 'UTF8' } },
  );

const nextStep = (words: string): string => {
  if (/authentication failed|no password supplied|pg_hba\.conf/i.test(words))
    return 'check the user and password in the URL, and that the server allows connections from this machine';
  if (/database .* does not exist/i.test(words)) return 'check the name of the database in the URL';
  if (/could not translate host name/i.test(words)) return 'check the host in the URL';
  if (/refused|no such file|timeout|timed out|no route/i.test(words))
    return 'check that the server runs and that the URL names its host and port';
  return 'check the URL and the server';
};

const failure = ({ connection }: Session, { code, words }: ToolEnd): HoldfastError =>
  code === NO_CONNECTION
    ? new HoldfastError(
        'component_unavailable',
        `no connection to ${placeOf(connection)}: ${toldWords(words)}; ${nextStep(words)}`,
      )
    : new HoldfastError('component_failed', `${placeOf(connection)} refused: ${toldWords(words)}`);

/**
 * Runs the statement that `built` returns as its only value: so the server itself, by `format`, puts names and literals
 * into statements without parameters, such as CREATE DATABASE. psql sends the value back unchanged and does not
 * interpret it. Runs with the user's search path, so everything in `built` must be qualified by its schema.
 *
 * @throws `component_unavailable` when there is no connection, `component_failed` when the SQL is refused.
 */
export const executeBuilt = async (session: Session, built: Sql): Promise<void> => {
  const end = await psql(session, `${PATIENT.text} ${built.text} \\gexec\n`);
  if (end.code !== 0) throw failure(session, end);
};

/** Runs each statement that `built` returns, in order and in one transaction. Otherwise like `executeBuilt`. */
export const executeAtOnce = async (session: Session, built: Sql): Promise<void> => {
  const end = await psql(session, `${PATIENT.text} BEGIN; ${built.text} \\gexec\nCOMMIT;\n`);
  if (end.code !== 0) throw failure(session, end);
};

/**
 * Turns off time limits that a role's or a database's settings may have; the last of them exists since PostgreSQL 17.
 * Runs with the user's search path, so its operator, too, is named with its schema.
 */
const PATIENT = sql`SET statement_timeout = 0; SET lock_timeout = 0; SELECT pg_catalog.set_config(s.name, '0', false)
  FROM pg_catalog.pg_settings s WHERE s.name OPERATOR(pg_catalog.=) 'transaction_timeout';`;

/** A database without an encoding holds any bytes, and a server refuses to convert them to UTF-8. */
const ENCODING = sql`SELECT set_config('client_encoding',
  CASE getdatabaseencoding() WHEN 'SQL_ASCII' THEN 'SQL_ASCII' ELSE 'UTF8' END, true)`;

/**
 * Runs a query that returns one JSON value, in a read-only transaction. Its search path lets nobody replace a function
 * that we call, and ends with the transaction: behind a pooler, others use the session next. The server quotes all
 * names, even those that need no quotes, as in our dumps.
 *
 * @throws as `executeBuilt`, and `component_failed` for a result of another form.
 */
export const queryJson = async <T>(session: Session, schema: z.ZodType<T>, query: Sql): Promise<T> => {
  const { text } = sql`BEGIN READ ONLY; SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0;
    SET LOCAL search_path = pg_catalog; SET LOCAL quote_all_identifiers = on; ${ENCODING};
    SELECT encode(textsend(answer::text), 'hex') FROM (${query}) AS question (answer); COMMIT;`;
  const end = await psql(session, text);
  if (end.code !== 0) throw failure(session, end);
  const json = jsonIn(end.output);
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new HoldfastError(
    'component_failed',
    `${placeOf(session.connection)} gave an invalid answer: ${issue?.path.join('.')}: ${issue?.message}`,
    { cause: parsed.error },
  );
};

/** The second of two lines, in hexadecimal, because psql leaves out some characters. Undefined when it is no JSON. */
const jsonIn = (output: string): unknown => {
  try {
    return JSON.parse(Buffer.from(output.split('\n', 2)[1] ?? '', 'hex').toString('utf8'));
  } catch {
    return undefined;
  }
};

export const serverVersionSchema = z.object({
  /** For example `15.20`. */
  version: z.string(),
  major: z.number().int(),
});
export type ServerVersion = z.infer<typeof serverVersionSchema>;

/** The parts of a JSON object that `serverVersionSchema` reads. */
export const SERVER_VERSION_SQL = sql`'version', split_part(current_setting('server_version'), ' ', 1),
  'major', current_setting('server_version_num')::int / 10000`;

/** Asks for the server's version. */
export const queryServerVersion = (session: Session): Promise<ServerVersion> =>
  queryJson(session, serverVersionSchema, sql`SELECT json_build_object(${SERVER_VERSION_SQL})`);
