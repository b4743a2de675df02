/**
 * The name of a database where people see it: `env:NAME`, `file:PATH` or `secretsManager:NAME` for the secret that
 * holds its URL, or a bare name for another database on the component's own server. A URL itself is never a target: it
 * would carry its password into records and logs.
 */
import { isAbsolute } from 'node:path';
import type { SecretReference } from '../../../model/components/common-settings.ts';
import { type PostgresSettings, postgresSettingsSchema } from '../../../model/components/postgres.ts';
import { HoldfastError } from '../../../model/errors.ts';
import type { Secrets } from '../../../ports/secrets.ts';
import { type Connection, parseConnectionUrl, withDatabase } from '../server/connection.ts';

const nameOf = (reference: SecretReference): string => {
  if ('env' in reference) return `env:${reference.env}`;
  if ('file' in reference) return `file:${reference.file}`;
  return `secretsManager:${reference.secretsManager}`;
};

/** The component's own database. */
export const ownTarget = ({ url }: PostgresSettings): string => nameOf(url);

const referenceIn = (target: string): SecretReference | undefined => {
  const [, scheme, name = ''] = /^(env|file|secretsManager):(.+)$/s.exec(target) ?? [];
  if (scheme === 'env') return { env: name };
  if (scheme === 'file') return { file: name };
  return scheme === 'secretsManager' ? { secretsManager: name } : undefined;
};

/** PostgreSQL shortens longer names, and would then restore into a database of another name. */
const MAX_NAME_BYTES = 63;

const refuse = (why: string): never => {
  throw new HoldfastError('invalid_request', `not a restore target for a database: ${why}`);
};

const assertDatabaseName = (name: string): void => {
  if (/^postgres(ql)?:\/\//i.test(name))
    refuse('a URL may have a password in it; name the secret that has the URL, as in env:NAME or file:PATH');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it refuses
  if (name === '' || /[\u0000-\u001f\u007f]/.test(name))
    refuse('a database name is not empty and has no control characters');
  if (Buffer.byteLength(name) > MAX_NAME_BYTES)
    refuse(`a database name has at most ${MAX_NAME_BYTES} bytes; "${name}" has ${Buffer.byteLength(name)}`);
  if (name === 'template0' || name === 'template1')
    refuse(`"${name}" is the template of every new database of its server; choose another name`);
};

/** @throws `invalid_request` for a text that names neither a secret nor a database. */
export const checkTargetName = (target: string): void => {
  const reference = referenceIn(target);
  if (reference === undefined) assertDatabaseName(target);
  else if (target.includes('\0')) refuse('the name of a secret has no NUL character');
  else if ('file' in reference && !isAbsolute(reference.file))
    refuse(
      'give the absolute path of the file with the connection URL, as in file:/etc/holdfast/database-url',
    );
};

/**
 * A bare name is refused here: it belongs to a server that only a configured component knows.
 *
 * @throws `invalid_request`
 */
export const settingsFromTargetName = (id: string, target: string): PostgresSettings => {
  checkTargetName(target);
  const url =
    referenceIn(target) ??
    refuse(
      `this installation has no database "${id}" whose server could be used; name the secret that has the connection URL, as env:NAME, file:PATH or secretsManager:NAME`,
    );
  return postgresSettingsSchema.parse({ id, kind: 'postgres', url });
};

export interface NamedDatabase {
  readonly connection: Connection;
  /** Databases of the same server to connect to when this one does not exist, the likeliest first. */
  readonly neighbours: readonly string[];
}

const ALWAYS_THERE = ['postgres', 'template1'];

/** @throws `invalid_request` for a text that is no name, `component_unavailable` when the secret holds no usable URL */
export const databaseNamed = async (
  target: string,
  { settings, secrets }: { settings: PostgresSettings; secrets: Secrets },
): Promise<NamedDatabase> => {
  const reference = referenceIn(target);
  if (reference !== undefined) {
    const connection = parseConnectionUrl(await secrets.resolve(reference), target);
    return { connection, neighbours: ALWAYS_THERE };
  }
  assertDatabaseName(target);
  const own = parseConnectionUrl(await secrets.resolve(settings.url), ownTarget(settings));
  return { connection: withDatabase(own, target), neighbours: [own.database, ...ALWAYS_THERE] };
};
