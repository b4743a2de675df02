/** Several tasks verify one archive; low limits make a small archive need many tasks. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { HoldfastError } from '../../../lib/model/errors.ts';
import { verifyBackupSchema } from '../../../lib/model/requests/backups.ts';
import { completeBackup } from '../../../lib/operations/backup/complete-backup.ts';
import { downloadBackup } from '../../../lib/operations/backup/read-backups.ts';
import { sealedPass } from '../../../lib/operations/backup/sealed-pass.ts';
import { failOperation } from '../../../lib/operations/engine/fail-operation.ts';
import type { OperatingHost } from '../../../lib/operations/engine/kind-of-operation.ts';
import type { TaskContext } from '../../../lib/operations/task/task-context.ts';
import { cutRanges, MAX_RANGES } from '../../../lib/operations/verify/pass-ranges.ts';
import { requestVerify } from '../../../lib/operations/verify/request-verify.ts';
import { completeVerify, requestedPass } from '../../../lib/operations/verify/verify-backup.ts';
import { planPass, verifyRange } from '../../../lib/operations/verify/verify-pass.ts';
import type { Hold } from '../../../lib/ports/catalog/catalog.ts';
import { instead, principal, StepwiseHost } from '../stepwise-host.ts';
import { readBack, verifyRequested } from './read-back.ts';

let here: StepwiseHost;
let host: OperatingHost;
beforeEach(async () => {
  here = await StepwiseHost.open();
  // With this limit, every member is a separate range.
  host = Object.assign(here.host, { verifyBytes: 1 });
});
afterEach(() => here.close());

/** A sealed backup that is ready for its verification. */
const sealed = async (): Promise<Hold> => {
  await here.request();
  await here.run('seal');
  return here.hold();
};
const rangesOf = async ({ operationId }: Hold) =>
  (await host.catalog.list('verifyRange', { group: operationId })).records;

/** A context with little time: the call may work until it first looks at the clock. */
const short = (): TaskContext<OperatingHost> => {
  let looks = 0;
  return { ...here.context(), remainingMilliseconds: () => (looks++ === 0 ? 1000 : 1) };
};

/** A host that dies at its `n`th write to the catalog. */
const killedAt = (n: number): OperatingHost => {
  let commits = 0;
  return {
    ...host,
    catalog: instead(host.catalog, 'commit', (...args: Parameters<OperatingHost['catalog']['commit']>) => {
      commits += 1;
      if (commits >= n) throw new HoldfastError('unavailable', 'killed by the test');
      return host.catalog.commit(...args);
    }),
  };
};

describe('ranges of members', () => {
  const members = (...sizes: number[]) => sizes.map((size) => ({ size }));

  test('follow each other, and hold no more than they may, but for one member that is larger', () => {
    const many = members(...Array.from({ length: 40 }, (_, n) => (n === 7 ? 90_000 : n * 100)));
    const ranges = cutRanges(many, 20_000);
    expect(ranges[0]?.from).toBe(0);
    expect(ranges.at(-1)?.to).toBe(40);
    for (const [n, { from }] of ranges.entries()) expect(from).toBe(ranges[n - 1]?.to ?? 0);
    expect(ranges).toContainEqual({ from: 7, to: 8 });
  });

  test('are one where one task reads all of them', () => {
    expect(cutRanges(members(1, 2, 3), Number.POSITIVE_INFINITY)).toEqual([{ from: 0, to: 3 }]);
  });

  test('are never more than a workflow can name', () => {
    expect(cutRanges(members(...new Array<number>(30_000).fill(1)), 1).length).toBeLessThanOrEqual(
      MAX_RANGES,
    );
  });
});

describe('a backup that is read back by many tasks [B6] [D2]', () => {
  test('is a SUCCESS, and its archive can be had; its SHA-256 nobody has taken', async () => {
    const hold = await sealed();
    expect(await readBack(here.context(), hold, sealedPass)).toBeGreaterThan(4);
    await completeBackup(here.context(), hold);
    const backup = await here.show(hold.operationId);
    expect(backup).toMatchObject({ state: 'SUCCESS', sha256: '', verifiedAt: expect.any(String) });
    expect(await downloadBackup(host, backup.id)).toMatchObject({ sha256: '', bytes: backup.archiveBytes });
    expect(await rangesOf(hold)).toEqual([]);
  });

  test('counts each byte once: as many as the archive has', async () => {
    const hold = await sealed();
    await readBack(here.context(), hold, sealedPass);
    const { archiveBytes } = await here.show(hold.operationId);
    const read = (await rangesOf(hold)).reduce((sum, { bytes }) => sum + bytes, 0);
    expect(read).toBe(archiveBytes);
  });

  test('does not end while a range is missing, or is not read to its end', async () => {
    const hold = await sealed();
    const { tasks } = await planPass(here.context(), hold, sealedPass);
    for (const left of tasks) {
      for (const task of tasks) if (task !== left) await verifyRange(here.context(), hold, sealedPass, task);
      await expect(completeBackup(here.context(), hold)).rejects.toMatchObject({ code: 'internal' });
      break;
    }
    await readBack(here.context(), hold, sealedPass);
    const [first] = await rangesOf(hold);
    await host.catalog.commit([{ remove: 'verifyRange', id: `${hold.operationId}/sealed/${first?.range}` }]);
    await expect(completeBackup(here.context(), hold)).rejects.toMatchObject({ code: 'internal' });
    expect((await here.show(hold.operationId)).state).toBe('IN_PROGRESS');
  });

  test('goes on where a task was killed, at whichever write that was', async () => {
    const hold = await sealed();
    const { tasks } = await planPass(here.context(), hold, sealedPass);
    for (const task of tasks)
      for (let n = 1; ; n++) {
        const tried = await verifyRange(here.context(killedAt(n)), hold, sealedPass, task).catch(
          (thrown: unknown) => thrown,
        );
        if (!(tried instanceof Error)) break;
        expect(n).toBeLessThan(20);
      }
    await completeBackup(here.context(), hold);
    expect((await here.show(hold.operationId)).state).toBe('SUCCESS');
  });

  test('is planned again where its plan was cut off, without a range that is left over', async () => {
    const hold = await sealed();
    const { tasks } = await planPass(here.context(), hold, sealedPass);
    const [, second] = await rangesOf(hold);
    if (second === undefined) throw new Error('no second range');
    const { id } = { id: `${hold.operationId}/sealed/${second.range}` };
    await host.catalog.commit([
      { remove: 'verifyRange', id },
      { put: 'verifyRange', record: { ...second, range: tasks.length + 5 } },
    ]);
    expect((await planPass(here.context(), hold, sealedPass)).tasks).toEqual(tasks);
    await readBack(here.context(), hold, sealedPass);
    await completeBackup(here.context(), hold);
    expect((await here.show(hold.operationId)).state).toBe('SUCCESS');
  });

  test('keeps what was read when its plan is asked for again', async () => {
    const hold = await sealed();
    await readBack(here.context(), hold, sealedPass);
    const before = await rangesOf(hold);
    await planPass(here.context(), hold, sealedPass);
    expect(await rangesOf(hold)).toEqual(before);
  });

  test('fails with the archive’s own code, though a Map tells of failed items only [B8]', async () => {
    const hold = await sealed();
    const backup = await here.show(hold.operationId);
    const file = join(here.archives, backup.fileName);
    const bytes = await readFile(file);
    const at = bytes.indexOf('age-encryption.org/v1', bytes.indexOf('components/files/'));
    await writeFile(file, Buffer.from(bytes).fill('x', at + 300, at + 310));
    await expect(readBack(here.context(), hold, sealedPass)).rejects.toMatchObject({
      code: 'archive_damaged',
    });
    await failOperation(here.context(), hold, { Error: 'States.ExceedToleratedFailureThreshold', Cause: '' });
    expect(await here.show(backup.id)).toMatchObject({ state: 'FAILED', errorCode: 'archive_damaged' });
  });
});

describe('a verification that is asked for', () => {
  test('of one task that runs short of time goes on in the next call [B6]', async () => {
    const backup = await here.backup();
    Object.assign(host, { verifyBytes: 100_000 });
    // The archive's SHA-256 is already known, so no task must read the whole file at once.
    await host.catalog.commit([{ put: 'backup', record: { ...backup, sha256: 'a'.repeat(64) } }]);
    await requestVerify(host, principal, backup.id, verifyBackupSchema.parse({}));
    const hold = await here.hold();
    const { tasks } = await planPass(here.context(), hold, requestedPass);
    expect(tasks).toEqual([{ range: 0 }]);
    Object.assign(host, { verifyBytes: 1 });
    let calls = 1;
    while (!(await verifyRange(short(), hold, requestedPass, { range: 0 })).done) calls += 1;
    expect(calls).toBeGreaterThan(4);
    await completeVerify(here.context(), hold);
    expect(await here.show(backup.id)).toMatchObject({ sha256: 'a'.repeat(64) });
  });

  test.each([
    ['deep', { deep: true }],
    ['a sample', { subset: '1/2' }],
    ['a deep sample', { deep: true, subset: '2/2' }],
  ])('%s is done by ranges, too', async (_, request) => {
    const backup = await here.backup();
    const { id } = await requestVerify(host, principal, backup.id, verifyBackupSchema.parse(request));
    const hold = await here.hold();
    expect(await verifyRequested(here.context(), hold)).toBeGreaterThan(2);
    await completeVerify(here.context(), hold);
    const { record } = (await host.catalog.get('verification', id)) ?? {};
    expect(record).toMatchObject({ state: 'SUCCESS' });
    expect(record?.bytes).toBeGreaterThan(0);
  });
});
