/** Shows a plan as a tree of folders. */
import { describe, expect, test } from '@jest/globals';
import { onlyOf, type PlanRow, planTree, rowsOf } from '../../../lib/console/parts/plan/plan-tree.ts';
import type { PlannedEntry } from '../../../lib/model/records/restore.ts';

const entry = (path: string, action: PlannedEntry['action'] = 'create', component = 'files'): PlannedEntry =>
  ({ component, path, action }) as PlannedEntry;

const plan = [
  entry('.', 'skip'),
  entry('a.txt'),
  entry('letters', 'skip'),
  entry('letters/b.txt', 'overwrite'),
  entry('letters/old/c.txt'),
  entry('orders/2026', 'create', 'database'),
];
const tree = planTree(plan, (component) => component !== 'database');
const drawn = (rows: readonly PlanRow[]): string[] =>
  rows.map(
    ({ node, depth, isFolder }) =>
      `${'  '.repeat(depth)}${node.name}${isFolder ? '/' : ''} ${node.entry?.action ?? '-'}`,
  );

describe('a plan as a tree [U10]', () => {
  test('has a root for each component, folders that the plan does not name, and no folder in a database', () => {
    expect(drawn(rowsOf(tree, () => true))).toEqual([
      'files/ skip',
      '  a.txt create',
      '  letters/ skip',
      '    b.txt overwrite',
      '    old/ -',
      '      c.txt create',
      'database/ -',
      '  orders/2026 create',
    ]);
  });

  test('counts in each folder what would happen below it and to itself', () => {
    expect(tree.map(({ counts }) => counts)).toEqual([{ skip: 2, create: 2, overwrite: 1 }, { create: 1 }]);
    expect(tree[0]?.children[1]?.counts).toEqual({ skip: 1, overwrite: 1, create: 1 });
  });

  test('shows nothing below a folder that is shut', () => {
    expect(drawn(rowsOf(tree, (_, depth) => depth === 0))).toEqual([
      'files/ skip',
      '  a.txt create',
      '  letters/ skip',
      'database/ -',
      '  orders/2026 create',
    ]);
  });

  test('of one action has the folders on the way, and nothing else', () => {
    expect(drawn(rowsOf(onlyOf(tree, 'overwrite'), () => true))).toEqual([
      'files/ -',
      '  letters/ -',
      '    b.txt overwrite',
    ]);
  });
});
