import { once } from 'node:events';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startTool } from '../../../lib/components/postgres/server/tool-process.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-tool-'));
  await writeFile(join(folder, 'pg_dump'), '#!/bin/sh\necho begun\nexec sleep 60\n');
  await chmod(join(folder, 'pg_dump'), 0o755);
});
afterAll(() => rm(folder, { recursive: true }));

test('a tool whose output cannot be read on is ended, and what it gave does not pass for all of it', async () => {
  const tools = { folder, version: '18.0', major: 18 };
  const tool = startTool('pg_dump', [], {
    tools,
    signal: AbortSignal.timeout(30_000),
    onLine: () => undefined,
  });
  await once(tool.stdout, 'data');
  tool.stdout.destroy(new Error('EIO: made by a test'));
  expect(await tool.ended).toEqual({
    code: null,
    words: expect.stringContaining('pg_dump was ended by the signal SIGTERM'),
  });
});
