/**
 * Parses a connection URL, and passes it to PostgreSQL's tools so that nobody else sees the password. User and server
 * go into the environment, the rest into a conninfo string without secrets: only the same user can read an environment,
 * but everybody who lists processes can read an argument. A password file would be as safe while the tool runs, but a
 * killed run would leave it on the disk.
 *
 * The grammar is libpq's: https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS
 */
import { HoldfastError } from '../../../model/errors.ts';

/** A database and the way to it. */
export interface Connection {
  readonly database: string;
  /** Host and port for people, without user and password. */
  readonly server: string;
  /** PGHOST, PGPORT, PGUSER, PGPASSWORD, if the URL gives them. */
  readonly environment: Readonly<Record<string, string>>;
  /** The other parameters, by libpq's keywords. None is secret. */
  readonly parameters: Readonly<Record<string, string>>;
}

/** Keywords that are passed on unchanged. A tool too old for one of them says so. */
const PARAMETERS = new Set([
  ...['application_name', 'channel_binding', 'connect_timeout', 'gssdelegation', 'gssencmode', 'gsslib'],
  ...['hostaddr', 'keepalives', 'keepalives_count', 'keepalives_idle', 'keepalives_interval', 'krbsrvname'],
  ...['load_balance_hosts', 'options', 'passfile', 'require_auth', 'requirepeer', 'sslcert', 'sslcertmode'],
  ...[
    'sslcompression',
    'sslcrl',
    'sslcrldir',
    'sslkey',
    'sslmode',
    'sslnegotiation',
    'sslrootcert',
    'sslsni',
  ],
  ...['ssl_max_protocol_version', 'ssl_min_protocol_version', 'target_session_attrs', 'tcp_user_timeout'],
]);

/** With the system's own keep-alive, two hours would pass until a vanished server is noticed. */
const DEFAULTS = {
  application_name: 'holdfast',
  connect_timeout: '15',
  keepalives_idle: '60',
  keepalives_interval: '10',
  keepalives_count: '6',
};

const URL_PARTS = /^postgres(?:ql)?:\/\/(?:([^@/]*)@)?([^/?]*)(?:\/([^?]*))?(?:\?(.*))?$/s;
const HOST = /^(\[[^\]]*\]|[^:[\]]*)(?::(\d*))?$/;
/**
 * Reason for an unencoded separator after the user: part of the password may have come into other fields, so none may
 * be shown.
 */
const RUN_OVER = 'it is ambiguous; percent-encode @ / ? : where the user or password has them';

/**
 * @param of the URL's origin, such as `env:APP_DATABASE_URL`, which messages name in place of the URL
 * @throws `component_unavailable`, never with a part of the URL that could be secret.
 */
export const parseConnectionUrl = (url: string, of: string): Connection => {
  const fail = (what: string): never => {
    throw new HoldfastError('component_unavailable', `${of}: ${what}`);
  };
  const decode = (text: string, part: string): string => {
    if (/%00/.test(text)) fail(`the ${part} has a NUL character`);
    try {
      return decodeURIComponent(text);
    } catch {
      return fail(`the ${part} is not correctly percent-encoded; write "%" itself as %25`);
    }
  };
  if (url.includes('\0')) fail('it has a NUL character');
  const parts = URL_PARTS.exec(url.trim());
  if (parts === null)
    return fail(
      'not a connection URL; it looks like postgresql://HOST:5432/DATABASE, with USER:PASSWORD@ before HOST',
    );
  const [, userinfo, hosts = '', path = '', query] = parts;
  if (`${hosts}${path}${query ?? ''}`.includes('@') || path.includes('/')) fail(RUN_OVER);
  const given = new Map<string, string>();
  if (userinfo !== undefined) {
    const colon = userinfo.indexOf(':');
    given.set('user', decode(colon < 0 ? userinfo : userinfo.slice(0, colon), 'user'));
    if (colon >= 0) given.set('password', decode(userinfo.slice(colon + 1), 'password'));
  }
  const list = hosts.split(',').map((host) => {
    const match = HOST.exec(host);
    if (match === null) return fail(RUN_OVER);
    return { host: decode((match[1] ?? '').replace(/^\[|\]$/g, ''), 'host'), port: match[2] ?? '' };
  });
  if (list.some(({ host }) => host !== '')) given.set('host', list.map(({ host }) => host).join(','));
  if (list.some(({ port }) => port !== '')) given.set('port', list.map(({ port }) => port).join(','));
  if (path !== '') given.set('dbname', decode(path, 'database'));
  for (const pair of query === undefined || query === '' ? [] : query.split('&')) {
    const equals = pair.indexOf('=');
    if (equals < 1) fail('a query parameter is not of the form name=value');
    const name = decode(pair.slice(0, equals), 'name of a query parameter');
    const value = decode(pair.slice(equals + 1), `parameter "${name}"`);
    // JDBC's parameter, which libpq reads as well.
    if (name === 'ssl' && value === 'true') given.set('sslmode', 'require');
    // The dump's encoding is that of the database, not of the application.
    else if (name !== 'client_encoding') given.set(name, value);
  }
  return fromKeywords(given, fail);
};

const fromKeywords = (given: Map<string, string>, fail: (what: string) => never): Connection => {
  const environment: Record<string, string> = {};
  for (const [keyword, variable] of [
    ['host', 'PGHOST'],
    ['port', 'PGPORT'],
    ['user', 'PGUSER'],
    ['password', 'PGPASSWORD'],
  ] as const) {
    const value = given.get(keyword);
    if (value !== undefined && value !== '') environment[variable] = value;
    given.delete(keyword);
  }
  const database = given.get('dbname') ?? '';
  given.delete('dbname');
  if (database === '') return fail('the URL names no database; append /<database>');
  if (given.has('sslpassword'))
    fail('sslpassword is not supported: keep the key of the client certificate in a file without a password');
  for (const name of given.keys())
    if (!PARAMETERS.has(name))
      fail(`unknown parameter "${name}" in the URL; remove it: only parameters of libpq are supported`);
  const host = environment.PGHOST ?? given.get('hostaddr') ?? 'local socket';
  const port = environment.PGPORT ?? '5432';
  return {
    database,
    server: /^(\/|local socket$)|,/.test(host) ? host : `${host}:${port}`,
    environment,
    parameters: { ...DEFAULTS, ...Object.fromEntries(given) },
  };
};

export const withDatabase = (connection: Connection, database: string): Connection => ({
  ...connection,
  database,
});

/**
 * The conninfo string for `--dbname`. It holds the database because nothing else overrides that, and because a name
 * that looks like a connection string is not parsed as one here: libpq only does that at the beginning.
 */
export const conninfo = ({ database, parameters }: Connection): string =>
  Object.entries({ dbname: database, ...parameters })
    .map(([keyword, value]) => `${keyword}='${value.replaceAll(/['\\]/g, '\\$&')}'`)
    .join(' ');

/** Returns `text` without the password, plain or percent-encoded, in case a tool or a server repeats it. */
export const redact = ({ environment }: Connection, text: string): string => {
  const password = environment.PGPASSWORD;
  if (password === undefined) return text;
  return text.replaceAll(password, '***').replaceAll(encodeURIComponent(password), '***');
};

/** The name for people: `"app" on db.example.com:5432`. */
export const placeOf = ({ database, server }: Connection): string => `database "${database}" on ${server}`;
