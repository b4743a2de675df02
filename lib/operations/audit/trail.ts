/**
 * The chain itself. To append, a function reads the head, and commits rows and the new head together, on condition that
 * the head is still as it was read: of two functions that append at once, one reads it again. Within one process rows
 * wait for each other and are committed together.
 *
 * Nobody waits long for a contended head: after a few tries the row stays pending, which is durable, and the next
 * reader of the trail, or the sweep, gives it its place.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { auditLine, blockOf, firstOfBlock, hashOfLine, NO_ROW_BEFORE } from '../../model/audit-chain.ts';
import { isConflict } from '../../model/errors.ts';
import type { AuditEntry, AuditHead, AuditRow } from '../../model/records/audit.ts';
import { type Catalog, type Change, put } from '../../ports/catalog/catalog.ts';

/**
 * Rows of one commit. Each comes with its pending record and perhaps a full block, and the head is added: that leaves
 * room.
 */
const ROWS_AT_ONCE = 10;
const TRIES = 6;

/** An entry that waits for its place in the chain. */
export interface Waiting {
  readonly entry: AuditEntry;
  /** Its pending record, which is removed when the row is written. */
  readonly pendingId?: string;
}

export const noRows: AuditHead = {
  id: 'head',
  seq: 0,
  hash: NO_ROW_BEFORE,
  startSeq: 1,
  startPrevious: NO_ROW_BEFORE,
  blockFrom: '',
  blockTo: '',
};

export const readHead = async (catalog: Catalog): Promise<AuditHead> =>
  (await catalog.get('auditHead', 'head'))?.record ?? noRows;

interface Queued {
  readonly waiting: Waiting;
  readonly settle: (chained: boolean) => void;
  readonly fail: (thrown: unknown) => void;
}

/** Entries that wait while others are being written, by catalog of this process. */
const queues = new WeakMap<Catalog, { waiting: Queued[]; busy: boolean }>();

/**
 * Appends a row; false when the head stayed contended. When it is false or this throws, nothing was written.
 *
 * @throws what a commit throws
 */
export const append = (catalog: Catalog, waiting: Waiting): Promise<boolean> =>
  new Promise((settle, fail) => {
    const queue = queues.get(catalog) ?? { waiting: [], busy: false };
    queues.set(catalog, queue);
    queue.waiting.push({ waiting, settle, fail });
    if (!queue.busy) void drain(catalog, queue);
  });

const drain = async (catalog: Catalog, queue: { waiting: Queued[]; busy: boolean }): Promise<void> => {
  queue.busy = true;
  for (let batch = queue.waiting.splice(0, ROWS_AT_ONCE); batch.length > 0; ) {
    try {
      const chained = await chain(
        catalog,
        batch.map(({ waiting }) => waiting),
      );
      for (const { settle } of batch) settle(chained);
    } catch (thrown) {
      for (const { fail } of batch) fail(thrown);
    }
    batch = queue.waiting.splice(0, ROWS_AT_ONCE);
  }
  queue.busy = false;
};

const chain = async (catalog: Catalog, entries: readonly Waiting[]): Promise<boolean> => {
  let open = entries;
  for (let tries = 1; ; tries++) {
    const head = await catalog.get('auditHead', 'head');
    try {
      await catalog.commit(appending(head?.record ?? noRows, head?.version, open));
      return true;
    } catch (thrown) {
      if (!isConflict(thrown)) throw thrown;
    }
    // Another process may have given a pending entry its place.
    open = await stillWaiting(catalog, open);
    if (open.length === 0) return true;
    if (tries >= TRIES) return false;
    await pause(Math.random() * 20 * tries);
  }
};

const stillWaiting = async (catalog: Catalog, entries: readonly Waiting[]): Promise<Waiting[]> => {
  const left: Waiting[] = [];
  for (const one of entries)
    if (one.pendingId === undefined || (await catalog.get('auditPending', one.pendingId)) !== undefined)
      left.push(one);
  return left;
};

const appending = (head: AuditHead, version: number | undefined, entries: readonly Waiting[]): Change[] => {
  const changes: Change[] = [];
  let next = head;
  for (const { entry, pendingId } of entries) {
    const row: AuditRow = { seq: next.seq + 1, previous: next.hash, ...entry };
    changes.push(put('audit', row, 'absent'));
    if (pendingId !== undefined) changes.push({ remove: 'auditPending', id: pendingId, expect: 'present' });
    next = { ...next, seq: row.seq, hash: hashOfLine(auditLine(row)), ...spanWith(next, row) };
    const block = blockOf(row.seq);
    if (firstOfBlock(block + 1) === row.seq + 1)
      changes.push(put('auditBlock', { block, from: next.blockFrom, to: next.blockTo }));
  }
  return [...changes, put('auditHead', next, version ?? 'absent')];
};

/** RFC 3339 in UTC: as text, an earlier time is a lesser one. */
const spanWith = (head: AuditHead, { seq, at }: AuditRow): Pick<AuditHead, 'blockFrom' | 'blockTo'> => {
  if (firstOfBlock(blockOf(seq)) === seq) return { blockFrom: at, blockTo: at };
  return {
    blockFrom: at < head.blockFrom ? at : head.blockFrom,
    blockTo: at > head.blockTo ? at : head.blockTo,
  };
};
