/** pg_dump as a stream of bytes that ends well or throws. */
import { HoldfastError } from '../../../model/errors.ts';
import { conninfo, placeOf } from '../server/connection.ts';
import type { Session } from '../server/psql.ts';
import { startTool, toldWords } from '../server/tool-process.ts';

/** The one file in the archive. */
export const DUMP_NAME = 'database.dump';

/** How long pg_dump waits for a table's lock: a longer alteration fails the backup instead of delaying it for hours. */
const LOCK_WAIT_SECONDS = 300;

/**
 * The custom format, not compressed, since segments are compressed better. It includes large objects. Identifiers are
 * quoted so that a later server, with more reserved words, reads them too.
 */
const ARGUMENTS = [
  ...['--format=custom', '--compress=0', '--blobs', '--quote-all-identifiers', '--no-password'],
  `--lock-wait-timeout=${LOCK_WAIT_SECONDS * 1000}`,
];

/**
 * Dumps a database. When the caller stops reading, pg_dump ends, and with it its session at the server.
 *
 * @throws `component_failed` with pg_dump's message when it did not end well, so that a cut dump never looks like a
 * whole one.
 */
export async function* dumpDatabase(
  session: Session,
  { encoding }: { readonly encoding: string },
): AsyncGenerator<Uint8Array, void> {
  const { tools, connection, signal } = session;
  // Bytes as they are stored: an encoding set for a role's or database's clients may lack some characters.
  const args = [...ARGUMENTS, `--encoding=${encoding}`, `--dbname=${conninfo(connection)}`];
  const tool = startTool('pg_dump', args, { tools, connection, signal });
  tool.stdin.end();
  try {
    yield* tool.stdout;
    const { code, words } = await tool.ended;
    signal.throwIfAborted();
    if (code !== 0)
      throw new HoldfastError(
        'component_failed',
        `pg_dump of ${placeOf(connection)} failed: ${toldWords(words)}`,
      );
  } finally {
    tool.kill();
    tool.stdout.destroy();
    await tool.ended.catch(() => {});
  }
}
