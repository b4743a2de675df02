/** Runs pg_restore over a dump as it streams in. */
import type { Readable } from 'node:stream';
import { HoldfastError } from '../../../model/errors.ts';
import { type DumpHead, OURS, writeDumpHead } from '../dump/dump-head.ts';
import type { Decode } from '../dump/dump-text.ts';
import { withHead } from '../dump/read-dump.ts';
import { entryPath } from '../plan/held-objects.ts';
import { conninfo, redact } from '../server/connection.ts';
import type { Session } from '../server/psql.ts';
import { feed } from '../server/tool-input.ts';
import { startTool, toldWords } from '../server/tool-process.ts';
import { type EntryError, RestoreErrors } from './restore-errors.ts';

export interface RestoreRun {
  readonly session: Session;
  /** The dump from its beginning, and the head to use here. */
  readonly dump: Readable;
  readonly head: DumpHead;
  readonly headLength: number;
  readonly decode: Decode;
  /** True: one transaction, which the first error ends; false: errors are reported and ignored. */
  readonly wholly: boolean;
  /** The database's name for people: the one restored into may have another name until it is complete. */
  readonly place: string;
  readonly onBytes: (bytes: number) => void;
}

/** The server accepted no connection, so nothing was done. */
export class NotConnected extends HoldfastError {}

const WHOLLY = ['--single-transaction', '--exit-on-error'];

/** The name for people of what failed, and how it failed. */
const toldError = ({ head, decode }: RestoreRun, { entryId, words }: EntryError): string => {
  const entry = head.entries.find(({ id }) => id === entryId);
  return entry === undefined || entry.description === OURS ? words : `${entryPath(entry, decode)}: ${words}`;
};

const feedPgRestore = async (restore: RestoreRun, dump: Readable): Promise<readonly EntryError[]> => {
  const { wholly, place } = restore;
  const { tools, connection, signal } = restore.session;
  const found = new RestoreErrors();
  const args = [...(wholly ? WHOLLY : []), '--verbose', '--no-password', `--dbname=${conninfo(connection)}`];
  const tool = startTool('pg_restore', args, {
    ...{ tools, connection, signal },
    onLine: (line) => found.line(redact(connection, line)),
  });
  tool.stdout.resume();
  const { code, words } = await feed(dump, tool, signal);
  if (code === 0) return [];
  if (!wholly && found.ignored !== undefined) return found.errors;
  const why = found.errors.slice(0, 3).map((error) => toldError(restore, error));
  const Failure = found.isNotConnected ? NotConnected : HoldfastError;
  throw new Failure(
    'component_failed',
    `pg_restore into ${place} failed, and nothing there was changed: ${why.join('; ') || toldWords(words)}`,
  );
};

/**
 * @returns the errors that it ignored.
 * @throws `component_failed` with pg_restore's message, `NotConnected` among them, and what reading the archive throws.
 */
export const runPgRestore = async (restore: RestoreRun): Promise<readonly EntryError[]> => {
  const { headLength: length, onBytes } = restore;
  const head = writeDumpHead(restore.head);
  const dump = withHead(restore.dump, { head, length, onBytes });
  try {
    return await feedPgRestore(restore, dump);
  } finally {
    dump.destroy();
    restore.dump.destroy();
  }
};
