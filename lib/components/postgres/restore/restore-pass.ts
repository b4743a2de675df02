/** Runs one pg_restore past errors, over some or all entries of a dump. */
import { Readable } from 'node:stream';
import { HoldfastError } from '../../../model/errors.ts';
import { addedEntry, type DumpHead, highestId, SECTION } from '../dump/dump-head.ts';
import { type RestoreRun, runPgRestore } from './pg-restore.ts';
import type { EntryError } from './restore-errors.ts';

export interface PassRun extends Omit<RestoreRun, 'wholly' | 'dump' | 'head'> {
  readonly openDump: () => Readable;
}

/** The last entry: if it fails, the session was lost, and earlier errors say nothing about their objects. */
const withProof = (head: DumpHead): { head: DumpHead; proof: number } => {
  const proof = highestId(head.entries) + 1;
  const entry = addedEntry(head, { id: proof, description: 'EVENT TRIGGER', definition: 'SELECT 1;\n' });
  return { head: { ...head, entries: [...head.entries, entry] }, proof };
};

/**
 * @param head the entries to restore. Without rows among them, pg_restore gets only the table of contents, and the
 * archive is not read.
 * @returns the errors that it ignored.
 * @throws `component_failed` when the session was lost, and as `runPgRestore`.
 */
export const restorePass = async (restore: PassRun, head: DumpHead): Promise<readonly EntryError[]> => {
  const proven = withProof(head);
  const hasRows = head.entries.some(({ section }) => section === SECTION.data);
  const errors = await runPgRestore({
    ...restore,
    dump: hasRows ? restore.openDump() : Readable.from([], { objectMode: false }),
    head: proven.head,
    wholly: false,
  });
  const lost = errors.find(({ entryId }) => entryId === proven.proof);
  if (lost !== undefined)
    throw new HoldfastError(
      'component_failed',
      `the restore into ${restore.place} lost its session at the server: ${lost.words}`,
    );
  return errors;
};

/** The first error of each entry. */
export const byEntry = (errors: readonly EntryError[]): Map<number, string> => {
  const found = new Map<number, string>();
  for (const { entryId, words } of errors)
    if (entryId !== undefined && !found.has(entryId)) found.set(entryId, words);
  return found;
};
