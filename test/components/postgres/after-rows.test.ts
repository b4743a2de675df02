/** Which parts of a dump are restored after the rows, in which order, and which of them in parallel. */
import { describe, expect, test } from '@jest/globals';
import { type DumpEntry, SECTION } from '../../../lib/components/postgres/dump/dump-head.ts';
import {
  mayBegin,
  splitAfterRows,
  stepsAfterRows,
} from '../../../lib/components/postgres/restore/after-rows.ts';
import { grantsApart } from '../../../lib/components/postgres/restore/keep-going.ts';
import { TableTree } from '../../../lib/components/postgres/server/table-locks.ts';

const SECTIONS: Readonly<Record<string, number>> = {
  TABLE: SECTION.preData,
  'TABLE ATTACH': SECTION.preData,
  'TABLE DATA': SECTION.data,
  COMMENT: SECTION.none,
  ACL: SECTION.none,
};

const entry = (
  id: number,
  description: string,
  tag: string,
  needs: number[] = [],
  definition = '',
): DumpEntry => ({
  ...{ id, description, tag, definition, section: SECTIONS[description] ?? SECTION.postData },
  ...{ hadDumper: 0, tableOid: '0', oid: '0', dropStatement: '', copyStatement: null, schema: 'public' },
  ...{ tablespace: null, tableMethod: null, relationKind: 0, owner: '', extra: '' },
  dependencies: needs.map(String),
});

/** The entries' ids by step, one list for each batch; all tables are large except those in `small`. */
const stepsOf = (entries: readonly DumpEntry[], small: readonly number[] = []) => {
  const facts = {
    tree: new TableTree(entries),
    jobs: 4,
    bytesOf: ({ id }: DumpEntry) => (small.includes(id) ? 0 : 1e9),
  };
  const steps = stepsAfterRows(splitAfterRows(entries).after, facts);
  return { ids: steps.map((batches) => batches.map((batch) => batch.entries.map(({ id }) => id))), steps };
};

const TABLES = [entry(1, 'TABLE', 'a'), entry(2, 'TABLE', 'b'), entry(3, 'TABLE DATA', 'a', [1])];

describe('what is behind the rows', () => {
  test('is all from the first index on, privileges behind it, and event triggers and filled views at the end', () => {
    const entries = [
      ...TABLES,
      ...[
        entry(4, 'COMMENT', 'TABLE "a"', [1]),
        entry(5, 'ACL', 'TABLE "a"', [1]),
        entry(6, 'INDEX', 'i', [1]),
      ],
      ...[
        entry(7, 'COMMENT', 'INDEX "i"', [6]),
        entry(8, 'EVENT TRIGGER', 'e'),
        entry(9, 'TRIGGER', 't', [1]),
      ],
    ];
    const { rows, after } = splitAfterRows(entries);
    expect(rows.map(({ id }) => id)).toEqual([1, 2, 3, 4]);
    expect(after.map(({ id }) => id)).toEqual([6, 7, 9, 5, 8]);
  });

  test('runs side by side in steps: what depends on another comes later, and so does what stands between', () => {
    const { ids } = stepsOf([
      ...TABLES,
      ...[
        entry(10, 'CONSTRAINT', 'a_pkey', [1]),
        entry(11, 'COMMENT', 'CONSTRAINT', [10]),
        entry(12, 'INDEX', 'b_i', [2]),
      ],
      ...[entry(13, 'INDEX', 'a_i', [1, 10]), entry(14, 'TRIGGER', 't', [1])],
      ...[entry(15, 'FK CONSTRAINT', 'f', [1, 2, 10]), entry(16, 'FK CONSTRAINT', 'g', [1])],
    ]);
    expect(ids).toEqual([[[10], [12]], [[13, 11, 14]], [[15], [16]]]);
  });

  test('of small tables goes on in one session, and is dealt out by tables where there is much of it', () => {
    const indexes = Array.from({ length: 200 }, (_, at) =>
      entry(100 + at, 'INDEX', `i${at}`, [1 + (at % 2)]),
    );
    const { ids } = stepsOf([...TABLES, ...indexes], [1, 2]);
    const [step = []] = ids;
    expect(step.map((batch) => batch.length)).toEqual([100, 100]);
    expect(
      stepsOf([...TABLES, ...indexes.slice(0, 40), entry(9, 'TRIGGER', 't', [1])], [1, 2]).ids,
    ).toHaveLength(1);
  });

  test('of more entries than a call takes arguments is split, too', () => {
    const large = Array.from({ length: 200_000 }, (_, at) => entry(at + 10, 'ACL', `LARGE OBJECT ${at}`));
    expect(stepsOf([...TABLES, ...large]).ids.flat(2)).toHaveLength(200_000);
    const head = { start: '', minorVersion: 15, intBytes: 4, offsetBytes: 8, entries: large };
    expect(grantsApart(head).entries).toHaveLength(0);
  });
});

describe('what locks one table', () => {
  /** Whether both entries may be restored at the same time. */
  const together = (one: DumpEntry, other: DumpEntry, tables: readonly DumpEntry[] = TABLES): boolean => {
    const [batches = []] = stepsOf([...tables, one, other]).steps;
    const [first, second] = batches;
    if (first === undefined || second === undefined) throw new Error('they are not of one step');
    return mayBegin(second, [first]);
  };
  const index = (id: number, table: number, definition = 'CREATE INDEX') =>
    entry(id, 'INDEX', `i${id}`, [table], definition);

  test('goes side by side where it is indexes, and not where it alters the table', () => {
    expect(together(index(10, 1), index(11, 1))).toBe(true);
    expect(together(index(10, 1), index(11, 1, 'CREATE INDEX; ALTER TABLE "a" CLUSTER ON "i11"'))).toBe(
      false,
    );
    expect(together(index(10, 1), entry(11, 'CONSTRAINT', 'k', [1]))).toBe(false);
    expect(together(index(10, 1), entry(11, 'CONSTRAINT', 'k', [2]))).toBe(true);
  });

  test('waits for a foreign key from it, and for one to it', () => {
    expect(together(entry(10, 'FK CONSTRAINT', 'f', [1, 2]), entry(11, 'FK CONSTRAINT', 'g', [2, 1]))).toBe(
      false,
    );
    expect(together(entry(10, 'FK CONSTRAINT', 'f', [1, 2]), entry(11, 'FK CONSTRAINT', 'g', [2]))).toBe(
      false,
    );
  });

  test('of partitions goes side by side, but not beside what is done to the table that they are of', () => {
    const tables = [
      ...TABLES,
      entry(4, 'TABLE', 'whole'),
      entry(5, 'TABLE ATTACH', 'a', [4, 1]),
      entry(6, 'TABLE ATTACH', 'b', [2, 4]),
    ];
    expect(together(entry(10, 'CONSTRAINT', 'k', [1]), entry(11, 'CONSTRAINT', 'l', [2]), tables)).toBe(true);
    expect(together(entry(10, 'FK CONSTRAINT', 'k', [4]), entry(11, 'CONSTRAINT', 'l', [2]), tables)).toBe(
      false,
    );
  });
});
