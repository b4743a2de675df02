/** pg_restore over a dump as it streams in, with the watch over its locks. */
import type { Readable } from 'node:stream';
import { HoldfastError } from '../../model/errors.ts';
import type { Logger } from '../../ports/logger.ts';
import { conninfo, redact } from './connection.ts';
import { type DumpHead, OURS, writeDumpHead } from './dump-head.ts';
import type { Decode } from './dump-text.ts';
import { entryPath } from './held-objects.ts';
import { DEFAULT_LOCK_PATIENCE, type LockPatience, watchLocks, withSessionName } from './lock-watch.ts';
import type { Session } from './psql.ts';
import { withHead } from './read-dump.ts';
import { type EntryError, RestoreErrors } from './restore-errors.ts';
import { feed } from './tool-input.ts';
import { startTool, toldWords } from './tool-process.ts';

export interface RestoreRun {
  readonly session: Session;
  /** The dump from its beginning, and what it begins with here. */
  readonly dump: Readable;
  readonly head: DumpHead;
  readonly headLength: number;
  readonly decode: Decode;
  /** One transaction, which the first error ends; else errors are told and gone past. */
  readonly wholly: boolean;
  /** The database as people know it: the one restored into may have another name until it is whole. */
  readonly place: string;
  /** The sessions' name at the server. */
  readonly name: string;
  readonly log: Logger;
  readonly onBytes: (bytes: number) => void;
  readonly patience?: LockPatience | undefined;
}

const WHOLLY = ['--single-transaction', '--exit-on-error'];

/** What it was that failed, as people name it, and how. */
const toldError = ({ head, decode }: RestoreRun, { entryId, words }: EntryError): string => {
  const entry = head.entries.find(({ id }) => id === entryId);
  return entry === undefined || entry.description === OURS ? words : `${entryPath(entry, decode)}: ${words}`;
};

const run = async (restore: RestoreRun, session: Session, dump: Readable): Promise<readonly EntryError[]> => {
  const { wholly, place } = restore;
  const { tools, connection, signal } = session;
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
  throw new HoldfastError(
    'component_failed',
    `pg_restore into ${place} failed, and nothing there was changed: ${why.join('; ') || toldWords(words)}`,
  );
};

/**
 * Whichever of pg_restore and the watch fails first ends the other.
 *
 * @returns the errors that it went past.
 * @throws `component_failed` with pg_restore's words, and what reading the archive throws.
 */
export const runPgRestore = async (restore: RestoreRun): Promise<readonly EntryError[]> => {
  const { session, name, patience = DEFAULT_LOCK_PATIENCE, log } = restore;
  const over = new AbortController();
  const signal = AbortSignal.any([session.signal, over.signal]);
  const watched = { ...session, connection: withSessionName(session.connection, name), signal };
  const { headLength: length, onBytes } = restore;
  const head = writeDumpHead(restore.head);
  const dump = withHead(restore.dump, { head, length, onBytes });
  const restored = run(restore, watched, dump);
  const watch = watchLocks({ ...session, signal }, name, patience, log);
  try {
    return await Promise.race([restored, watch]);
  } finally {
    over.abort(new Error('the restore is over'));
    await Promise.allSettled([restored, watch]);
    dump.destroy();
    restore.dump.destroy();
  }
};
