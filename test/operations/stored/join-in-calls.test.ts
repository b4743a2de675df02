/** Archives sealed in several calls, because each call has hardly any time. */
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { HoldfastError } from '../../../lib/model/errors.ts';
import { completeBackup } from '../../../lib/operations/backup/complete-backup.ts';
import { sealArchive } from '../../../lib/operations/backup/seal-archive.ts';
import { endOperation } from '../../../lib/operations/engine/end-operation.ts';
import { freeAbandonedLock } from '../../../lib/operations/engine/free-abandoned-lock.ts';
import type { OperatingHost } from '../../../lib/operations/engine/kind-of-operation.ts';
import type { TaskContext } from '../../../lib/operations/task/task-context.ts';
import type { Hold } from '../../../lib/ports/catalog/catalog.ts';
import { instead, StepwiseHost } from '../stepwise-host.ts';
import { verifySealed } from '../verify/read-back.ts';

let here: StepwiseHost;
let host: OperatingHost;
beforeEach(async () => {
  here = await StepwiseHost.open();
  host = here.host;
});
afterEach(() => here.close());

/**
 * A captured backup with one extra piece that no checkpoint knows between the others, so that joining must
 * copy them.
 */
const captured = async (request: Parameters<StepwiseHost['request']>[0] = {}): Promise<Hold> => {
  const { id } = await here.request(request);
  await here.run('plan');
  await host.objects.putPiece(id, 'of a task that was given up', [Buffer.alloc(100)]);
  await here.run('capture');
  return here.hold();
};

/** A context with so little time that the call stops as early as it may. */
const short = (of: OperatingHost = host): TaskContext<OperatingHost> => {
  let looks = 0;
  return { ...here.context(of), remainingMilliseconds: () => (looks++ === 0 ? 1000 : 1) };
};

const seal = async (hold: Hold, of: OperatingHost = host): Promise<number> => {
  for (let calls = 1; calls < 50; calls++) {
    if ((await sealArchive(short(of), hold)).done) return calls;
    here.pass(60_000);
  }
  throw new Error('fifty calls have not sealed it');
};

const joinings = async ({ operationId }: Hold) =>
  (await host.catalog.list('joining', { group: operationId })).records;

const complete = async (hold: Hold) => {
  await verifySealed(here.context(), hold);
  expect(await completeBackup(here.context(), hold)).toEqual({ done: true });
  return here.show(hold.operationId);
};

describe('an archive that is sealed in several calls', () => {
  test('is read back and a SUCCESS, and nothing of its way is left [B6]', async () => {
    const hold = await captured({ includeLogs: true });
    expect(await seal(hold)).toBeGreaterThan(2);
    expect(await joinings(hold)).toMatchObject([{ name: 'sealed' }]);
    expect(await complete(hold)).toMatchObject({ state: 'SUCCESS', verifiedAt: expect.any(String) });
    expect(await joinings(hold)).toEqual([]);
    expect((await readdir(here.archives)).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  test('is signed once: its end is the same in each call, though time goes by', async () => {
    const hold = await captured();
    let signed = 0;
    const vault = instead(host.vault, 'sign', (message) => {
      signed += 1;
      return host.vault.sign(message);
    });
    await seal(hold, { ...host, vault });
    expect(signed).toBe(1);
    const [{ end } = {}] = await joinings(hold);
    expect(await here.show(hold.operationId)).toMatchObject({
      manifestSha256: end?.manifestSha256,
      archiveBytes: end?.archiveBytes,
    });
  });

  test('may be sealed again after it was', async () => {
    const hold = await captured();
    await seal(hold);
    const { archiveBytes, manifestSha256 } = await here.show(hold.operationId);
    here.pass(60_000);
    expect(await sealArchive(here.context(), hold)).toEqual({ done: true });
    expect(await here.show(hold.operationId)).toMatchObject({ archiveBytes, manifestSha256 });
    expect(await complete(hold)).toMatchObject({ state: 'SUCCESS' });
  });

  test.each(['before', 'after'] as const)(
    'goes on where a call was killed, at whichever write to the catalog or the store: %s it [B6]',
    async (when) => {
      const hold = await captured({ includeLogs: true });
      const killedAt = (n: number): OperatingHost => {
        let calls = 0;
        const mortal =
          <A extends unknown[], R>(method: (...args: A) => Promise<R>) =>
          async (...args: A): Promise<R> => {
            calls += 1;
            if (calls > n || (calls === n && when === 'before')) throw killed();
            const answer = await method(...args);
            if (calls >= n) throw killed();
            return answer;
          };
        const killed = () => new HoldfastError('unavailable', 'killed by the test');
        return {
          ...host,
          catalog: instead(
            host.catalog,
            'commit',
            mortal((...args) => host.catalog.commit(...args)),
          ),
          objects: instead(
            instead(
              host.objects,
              'putPiece',
              mortal((...args) => host.objects.putPiece(...args)),
            ),
            'composeInSteps',
            mortal((...args) => host.objects.composeInSteps(...args)),
          ),
        };
      };
      for (let n = 1; ; n++) {
        const tried = await sealArchive(short(killedAt(n)), hold).catch((thrown: unknown) => thrown);
        if (!(tried instanceof Error) && (tried as { done: boolean }).done) break;
        expect(n).toBeLessThan(60);
      }
      const backup = await complete(hold);
      expect(backup).toMatchObject({ state: 'SUCCESS' });
      expect(await readFile(join(here.archives, backup.fileName))).toHaveLength(backup.archiveBytes);
    },
  );

  test('is joined no further by a call whose operation has lost the lock [D4]', async () => {
    const hold = await captured({ fileName: 'late.tar' });
    expect(await sealArchive(short(), hold)).toEqual({ done: false });
    await freeAbandonedLock(host, { because: 'the test says so' });
    await here.request({ fileName: 'next.tar' });
    await expect(sealArchive(here.context(), hold)).rejects.toMatchObject({ code: 'fence_lost' });
    expect(existsSync(join(here.archives, 'late.tar'))).toBe(false);
    expect(await joinings(hold)).toEqual([]);
    await here.run('complete');
    expect((await readdir(here.archives)).filter((name) => name.endsWith('.tar'))).toEqual(['next.tar']);
  });

  test('is joined no further by a call that was under way when the lock was lost [D4]', async () => {
    const hold = await captured({ fileName: 'late.tar' });
    let taken = false;
    const objects = instead(host.objects, 'composeInSteps', async (...args) => {
      taken = true;
      await freeAbandonedLock(host, { because: 'the test says so' });
      return host.objects.composeInSteps(...args);
    });
    await expect(sealArchive(here.context({ ...host, objects }), hold)).rejects.toBeInstanceOf(HoldfastError);
    expect(taken).toBe(true);
    expect(existsSync(join(here.archives, 'late.tar'))).toBe(false);
  });

  test('leaves nothing when it is cancelled between two calls [B9]', async () => {
    const hold = await captured({ fileName: 'gone.tar' });
    expect(await sealArchive(short(), hold)).toEqual({ done: false });
    await endOperation(host, hold, { state: 'CANCELLED' });
    expect(await here.show(hold.operationId)).toMatchObject({ state: 'CANCELLED', archiveBytes: 0 });
    expect(await joinings(hold)).toEqual([]);
    expect(await readdir(here.archives)).toEqual([]);
  });

  test('leaves out what was FAILED when its end was made, whatever a task that was given up says later', async () => {
    const hold = await captured();
    expect(await sealArchive(short(), hold)).toEqual({ done: false });
    const [summary] = (await host.catalog.list('captureSummary', { group: hold.operationId })).records;
    if (summary === undefined) throw new Error('no summary');
    await host.catalog.commit([
      { put: 'captureSummary', record: { ...summary, state: 'FAILED', shortError: 'too late' } },
    ]);
    await seal(hold);
    await host.catalog.commit([{ put: 'captureSummary', record: summary }]);
    expect(await complete(hold)).toMatchObject({ state: 'SUCCESS' });
  });
});

describe('a host that copies an archive into the place of another', () => {
  test('does that in several calls; the other stands until then, and is replaced once [U5] [B6]', async () => {
    const first = await here.backup({ fileName: 'kept.tar' });
    const { id } = await here.request({ fileName: 'kept.tar', overwrite: true });
    await here.run('verify');
    const hold = await here.hold();
    let asked = 0;
    const cursors: unknown[] = [];
    const objects = instead(host.objects, 'replaceInSteps', async (upload, from, to, steps) => {
      asked += 1;
      cursors.push(steps.cursor);
      await steps.keep({ asked });
      if (asked < 3) return false;
      return host.objects.replaceInSteps(upload, from, to, steps);
    });
    const slow = { ...host, objects };
    expect(await completeBackup(here.context(slow), hold)).toEqual({ done: false });
    expect((await here.show(first.id)).replacedBy).toBeUndefined();
    expect(await completeBackup(here.context(slow), hold)).toEqual({ done: false });
    expect(await completeBackup(here.context(slow), hold)).toEqual({ done: true });
    expect(cursors).toEqual([null, { asked: 1 }, { asked: 2 }]);
    expect(await here.show(id)).toMatchObject({ state: 'SUCCESS' });
    expect((await here.show(first.id)).replacedBy).toBe(id);
    expect(await readdir(here.archives)).toEqual(['kept.tar']);
  });
});
