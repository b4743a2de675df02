/**
 * The contract of every object store that joins pieces in several calls. Run it on an adapter with
 * `describeJoining(name, open)`.
 */
import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { HoldfastError } from '../../lib/model/errors.ts';
import type { JoinSteps, ObjectInfo, ObjectStore, Part } from '../../lib/ports/object-store.ts';

export interface OpenedJoining {
  readonly store: ObjectStore;
  /** Opens the same place again, as the next call of a function does. */
  readonly reopen: () => Promise<ObjectStore>;
  /** The sizes of the pieces in order; joining them takes several parts. */
  readonly sizes: readonly number[];
  /** What remains of the store's own work: staged files and unfinished uploads. */
  readonly leftovers: () => Promise<readonly string[]>;
  readonly close: () => Promise<void>;
}

const taken = (code: string) => expect.objectContaining({ code });

/** The cursor that a caller keeps between calls. */
export class KeptCursor {
  cursor: unknown = null;
  kept = 0;
  /** The number of the save that fails, together with all later ones. */
  refuses = Number.POSITIVE_INFINITY;

  /** Steps of a join that stops as early as it may. */
  steps(stopsNext = true): JoinSteps {
    return {
      cursor: this.cursor,
      keep: async (cursor) => {
        this.kept += 1;
        if (this.kept >= this.refuses) throw new HoldfastError('fence_lost', 'another holds the lock');
        this.cursor = JSON.parse(JSON.stringify(cursor));
      },
      stopsNext: () => stopsNext,
    };
  }
}

/** Repeats the call until it is done, and counts the calls. */
export const inCalls = async <T>(call: () => Promise<T | undefined>): Promise<{ made: T; calls: number }> => {
  for (let calls = 1; calls < 100; calls++) {
    const made = await call();
    if (made !== undefined) return { made, calls };
  }
  throw new Error('a hundred calls have not joined it');
};

export const describeJoining = (name: string, open: () => Promise<OpenedJoining>): void => {
  describe(`joining in calls: ${name}`, () => {
    let here: OpenedJoining;
    let store: ObjectStore;
    let contents: Buffer[];
    let parts: Part[];
    let key: string;
    beforeEach(async () => {
      here = await open();
      store = here.store;
      key = store.locate('joined.tar');
      await store.open('up', key);
      contents = here.sizes.map((size) => randomBytes(size));
      parts = [];
      for (const [n, content] of contents.entries())
        parts.push({ piece: await store.putPiece('up', `piece ${n}`, [content]) });
      // Reverses the order of arrival, so that no store already has the pieces in their place.
      parts.reverse();
      contents.reverse();
    });
    afterEach(() => here.close());

    const whole = (): Buffer => Buffer.concat(contents);
    const readAll = async (): Promise<Buffer> => Buffer.concat(await Array.fromAsync(store.stream(key)));
    const join = (
      kept: KeptCursor,
      { overwrite = false, stopsNext = true } = {},
    ): Promise<ObjectInfo | undefined> =>
      store.composeInSteps('up', key, parts, { overwrite, steps: kept.steps(stopsNext) });

    test('becomes the object, whole and only at its end, in as many calls as each ends early [B6]', async () => {
      const kept = new KeptCursor();
      let seen = 0;
      const { made, calls } = await inCalls(async () => {
        const ended = await join(kept);
        if (ended === undefined) {
          // Either nothing or the whole is visible.
          const standing = await store.stat(key);
          seen += 1;
          if (standing !== undefined) expect(standing.bytes).toBe(whole().length);
        }
        store = await here.reopen();
        return ended;
      });
      expect(calls).toBeGreaterThan(3);
      expect(seen).toBe(calls - 1);
      expect(made).toEqual({ key, bytes: whole().length });
      expect((await readAll()).equals(whole())).toBe(true);
      expect(await here.leftovers()).toEqual([]);
    });

    test('takes one call where no call is to end', async () => {
      expect(await join(new KeptCursor(), { stopsNext: false })).toEqual({ key, bytes: whole().length });
      expect((await readAll()).equals(whole())).toBe(true);
      expect(await here.leftovers()).toEqual([]);
    });

    test('may be repeated after it was done: nothing is joined twice, nothing is refused [B6]', async () => {
      const kept = new KeptCursor();
      await inCalls(() => join(kept));
      const before = kept.cursor;
      expect(await join(kept)).toEqual({ key, bytes: whole().length });
      expect(kept.cursor).toEqual(before);
      expect((await readAll()).equals(whole())).toBe(true);
    });

    test('goes on after where it is could not be kept, at whichever time', async () => {
      const kept = new KeptCursor();
      for (let n = 1; ; n++) {
        kept.kept = 0;
        kept.refuses = n;
        const tried = await join(kept, { overwrite: true }).catch((thrown: unknown) => thrown);
        if (!(tried instanceof Error) && tried !== undefined) break;
        expect(n).toBeLessThan(60);
      }
      expect((await readAll()).equals(whole())).toBe(true);
      expect(await here.leftovers()).toEqual([]);
    });

    test('writes nothing more once where it is may not be kept: a lock that was lost [D4]', async () => {
      const kept = new KeptCursor();
      kept.refuses = 1;
      await expect(inCalls(() => join(kept))).rejects.toEqual(taken('fence_lost'));
      expect(await store.stat(key)).toBeUndefined();
      await store.abort('up');
      expect(await here.leftovers()).toEqual([]);
    });

    test('does not take a name that another has, in its last call either [U5]', async () => {
      const kept = new KeptCursor();
      expect(await join(kept)).toBeUndefined();
      await store.compose('other', key, [{ bytes: Buffer.from('another') }], { overwrite: false });
      await expect(inCalls(() => join(kept))).rejects.toEqual(taken('file_exists'));
      expect((await readAll()).toString()).toBe('another');
      // The pieces still exist.
      const again = new KeptCursor();
      await inCalls(() => join(again, { overwrite: true }));
      expect((await readAll()).equals(whole())).toBe(true);
      expect(await here.leftovers()).toEqual([]);
    });

    test('begins anew with another list of parts, which comes without a cursor', async () => {
      expect(await join(new KeptCursor())).toBeUndefined();
      parts = parts.slice(1);
      contents = contents.slice(1);
      const kept = new KeptCursor();
      await inCalls(() => join(kept));
      expect((await readAll()).equals(whole())).toBe(true);
      expect(await here.leftovers()).toEqual([]);
    });

    test('puts an object in the place of another, which stands until then [U5]', async () => {
      await store.compose('up', key, parts, { overwrite: false });
      const to = store.locate('standing.tar');
      await store.compose('old', to, [{ bytes: Buffer.from('old') }], { overwrite: false });
      const kept = new KeptCursor();
      await inCalls(async () => {
        const placed = await store.replaceInSteps('place', key, to, kept.steps());
        if (!placed) expect([3, whole().length]).toContain((await store.stat(to))?.bytes);
        return placed || undefined;
      });
      expect(await store.stat(key)).toBeUndefined();
      key = to;
      expect((await readAll()).equals(whole())).toBe(true);
      expect(await here.leftovers()).toEqual([]);
    });
  });
};
