import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { HoldfastError } from '../../../lib/model/errors.ts';
import { capture } from '../../../lib/operations/backup/capture/capture-task.ts';
import type { OperatingHost } from '../../../lib/operations/engine/kind-of-operation.ts';
import { instead, StepwiseHost } from '../stepwise-host.ts';

const work = { component: 'files', shard: 0, shards: 1, work: null };

let here: StepwiseHost;
let host: OperatingHost;
beforeEach(async () => {
  here = await StepwiseHost.open();
  ({ host } = here);
  await here.request();
  await here.run('plan');
});
afterEach(() => here.close());

describe('a capture', () => {
  test('that fails tells why, also when the full disk does not let it write that down', async () => {
    const { catalog, objects } = host;
    const full = {
      ...host,
      objects: instead(objects, 'putPiece', async () => {
        throw new HoldfastError('storage_full', 'the disk is full: pieces could not be written');
      }),
      catalog: instead(catalog, 'commit', async () => {
        throw new HoldfastError('storage_full', 'catalog.db cannot grow');
      }),
    };
    await expect(capture(here.context(full), await here.hold(), work)).rejects.toMatchObject({
      code: 'storage_full',
      message: expect.stringContaining('pieces could not be written'),
    });
  });

  test('that fails is recorded with its reason [D4]', async () => {
    await rm(join(here.folder, 'source'), { recursive: true });
    const hold = await here.hold();
    expect(await capture(here.context(), hold, work)).toEqual({ done: true });
    const { records } = await host.catalog.list('captureSummary', { group: hold.operationId });
    expect(records).toMatchObject([{ state: 'FAILED', shortError: expect.stringContaining('source') }]);
  });

  test('that ended at a checkpoint goes on from there, with what it had counted [B6]', async () => {
    const hold = await here.hold();
    const short = { ...here.context(), remainingMilliseconds: () => 0 };
    const calls: boolean[] = [];
    do calls.push((await capture(short, hold, work)).done);
    while (calls.at(-1) === false && calls.length < 5);
    expect(calls.at(-1)).toBe(true);
    const { records } = await host.catalog.list('captureSummary', { group: hold.operationId });
    expect(records).toMatchObject([{ state: 'SUCCESS', entries: 2, sourceBytes: 5 }]);
  });
});
