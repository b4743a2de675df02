import { expect, test } from '@jest/globals';
import { taskCommits } from '../../../lib/operations/task/task-commits.ts';
import type { CommitOptions } from '../../../lib/ports/catalog/catalog.ts';

test('a task stands under the lock at first and every minute or two, and by its own records in between', async () => {
  let now = Date.parse('2026-11-20T10:00:00.000Z');
  const stoodBy: string[] = [];
  const host = {
    clock: { now: () => new Date(now) },
    catalog: {
      commit: async (_changes: unknown, { own, leaseUntil }: CommitOptions = {}) => {
        stoodBy.push(own === undefined ? `lock until ${leaseUntil}` : 'own');
      },
    },
  };
  const commit = taskCommits(host, { operationId: 'one', fence: 1 });
  for (let second = 0; second < 240; second += 1) {
    await commit([]);
    now += 1_000;
  }
  expect(stoodBy[0]).toBe('lock until 2026-11-20T10:20:00.000Z');
  const atLock = stoodBy.filter((what) => what !== 'own');
  expect(atLock.length).toBeGreaterThanOrEqual(2);
  expect(atLock.length).toBeLessThanOrEqual(4);
});
