import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { JsonLogger } from '../../../lib/adapters/any/json-logger.ts';
import { configSchema } from '../../../lib/model/config/config.ts';
import { startServer } from '../../../lib/runtimes/server/server.ts';
import { temporaryFolders } from '../../adapters/local/temporary-folder.ts';

const newFolder = temporaryFolders();
const log = new JsonLogger({ write: () => undefined });

test('a start that fails half way lets go of all it had: the next one finds nothing in its way [B1]', async () => {
  const data = join(await newFolder(), 'data');
  const start = (port: number, clock?: { now(): Date }) =>
    startServer({
      data,
      config: configSchema.parse({ schedules: [{ id: 'nightly', cron: '0 3 * * *' }] }),
      log,
      port,
      ...(clock && { clock }),
      takeAdminToken: () => undefined,
    });
  const other = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => other.once('listening', resolve));
  const address = other.address();
  const taken = typeof address === 'object' && address !== null ? address.port : 0;
  await expect(start(taken)).rejects.toThrow(`port ${taken} of 127.0.0.1 is in use`);
  other.close();

  // The latest possible failure: the server already listens and has written server.json when its clock fails.
  const late = {
    now: () => {
      if (existsSync(join(data, 'server.json'))) throw new Error('the clock stopped');
      return new Date();
    },
  };
  await expect(start(0, late)).rejects.toThrow('the clock stopped');
  expect(existsSync(join(data, 'server.json'))).toBe(false);

  const server = await start(0);
  expect((await fetch(`${server.url}/v1/health`)).status).toBe(200);
  await server.close();
  await expect(fetch(`${server.url}/v1/health`)).rejects.toThrow();
});
