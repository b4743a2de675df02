/** Asks a server by psql: so Holdfast speaks to PostgreSQL with its own programs only. */
import * as z from 'zod';
import { HoldfastError } from '../../model/errors.ts';
import type { ClientTools } from './client-tools.ts';
import { type Connection, conninfo, placeOf } from './connection.ts';
import { runTool, type ToolEnd, toldWords } from './tool-process.ts';

export interface Session {
  readonly tools: ClientTools;
  readonly connection: Connection;
  readonly signal: AbortSignal;
}

/** psql's own exit codes: https://www.postgresql.org/docs/current/app-psql.html */
const NO_CONNECTION = 2;

/** Given with the statements rather than as arguments: what is asked is nobody else's business, however long it is. */
const settings = (variables: Readonly<Record<string, string>>): string =>
  Object.entries(variables)
    .map(([name, value]) => `\\set ${name} '${value.replaceAll(/['\\]/g, '\\$&').replaceAll('\n', '\\n')}'\n`)
    .join('');

const psql = (
  { tools, connection, signal }: Session,
  statements: string,
  variables: Readonly<Record<string, string>>,
): Promise<ToolEnd & { readonly output: string }> =>
  runTool(
    'psql',
    [
      ...['--no-psqlrc', '--no-align', '--tuples-only', '--quiet', '--no-password', '--file=-'],
      ...['--variable=ON_ERROR_STOP=1', `--dbname=${conninfo(connection)}`],
    ],
    { tools, connection, signal, input: settings(variables) + statements },
  );

const nextStep = (words: string): string => {
  if (/authentication failed|no password supplied|pg_hba\.conf/i.test(words))
    return 'check the user and password in the URL, and that the server lets this machine in';
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
 * Runs SQL. In it `:'name'` stands for a variable as a literal, `:"name"` as an identifier.
 *
 * @throws `component_unavailable` when there is no connection, `component_failed` when the SQL is refused.
 */
export const execute = async (
  session: Session,
  statements: string,
  variables: Readonly<Record<string, string>> = {},
): Promise<void> => {
  const end = await psql(session, statements, variables);
  if (end.code !== 0) throw failure(session, end);
};

/**
 * Runs a query that answers one JSON value, in a transaction that can change nothing. Its search path lets nobody slip
 * a function of theirs under ours, and ends with the transaction: behind a pooler the session is another's next.
 *
 * @throws as `execute` does.
 */
export const queryJson = async <T>(
  session: Session,
  schema: z.ZodType<T>,
  query: string,
  variables: Readonly<Record<string, string>> = {},
): Promise<T> => {
  const statements = `BEGIN READ ONLY; SET LOCAL search_path = pg_catalog; ${query}; COMMIT;`;
  const end = await psql(session, statements, variables);
  if (end.code !== 0) throw failure(session, end);
  return schema.parse(JSON.parse(end.output));
};

export const serverVersionSchema = z.object({
  /** As in `15.20`. */
  version: z.string(),
  major: z.number().int(),
});
export type ServerVersion = z.infer<typeof serverVersionSchema>;

/** The parts of a JSON object that `serverVersionSchema` reads. */
export const SERVER_VERSION_SQL = `'version', split_part(current_setting('server_version'), ' ', 1),
  'major', current_setting('server_version_num')::int / 10000`;

/** Asks who answers there. */
export const queryServerVersion = (session: Session): Promise<ServerVersion> =>
  queryJson(session, serverVersionSchema, `SELECT json_build_object(${SERVER_VERSION_SQL})`);
