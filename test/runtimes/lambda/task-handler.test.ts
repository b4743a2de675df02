import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import * as z from 'zod';
import { JsonLogger } from '../../../lib/adapters/any/json-logger.ts';
import { configSchema } from '../../../lib/model/config/config.ts';
import { localContext } from '../../../lib/runtimes/lambda/invocation.ts';
import { taskHandler } from '../../../lib/runtimes/lambda/task-handler.ts';
import { openEmbeddedHost } from '../../../lib/runtimes/server/embedded-host.ts';
import { temporaryFolders } from '../../adapters/local/temporary-folder.ts';

const folder = temporaryFolders();

const invoked = async (remainingMilliseconds: number) => {
  const host = await openEmbeddedHost({
    data: await folder(),
    config: configSchema.parse({}),
    log: new JsonLogger({ pretty: false, write: () => undefined }),
  });
  const context = localContext({
    host,
    functionName: 'test',
    requestId: 'test',
    signal: new AbortController().signal,
    deadline: new Date(Date.now() + remainingMilliseconds),
  });
  return { host, context };
};

test('a step is not ended before the limit of its function is: workflows know the error of that limit alone [B6]', async () => {
  const { host, context } = await invoked(20);
  const slow = taskHandler(
    z.object({}),
    async () => {
      await pause(100);
      return { done: true };
    },
    z.strictObject({ done: z.boolean() }),
  );
  expect(await slow({}, context as never)).toEqual({ done: true });
  await host.close();
});

test('what a step hands on is parsed as what it is called with is: nothing is passed on that no schema names', async () => {
  const { host, context } = await invoked(60_000);
  const input = z.object({ secret: z.string() });
  const handler = taskHandler(
    input,
    async (_, given): Promise<{ done: boolean }> => ({ done: true, ...given }),
    z.strictObject({ done: z.boolean() }),
  );
  const call: (event: unknown, given: typeof context) => Promise<unknown> = handler;
  await expect(call({ secret: 'a passphrase' }, context)).rejects.toMatchObject({ name: 'HoldfastError' });
  await expect(call({}, context)).rejects.toMatchObject({ name: 'HoldfastError' });
  const silent = taskHandler(input, async () => undefined);
  expect(await silent({ secret: 'x' }, context as never)).toBeUndefined();
  await host.close();
});
