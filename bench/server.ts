/** A real embedded server in a process of its own, and its main jobs over HTTP. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { SqliteCatalog } from '../lib/adapters/local/catalog/sqlite-catalog.ts';
import type { BackupRecord } from '../lib/model/records/backup.ts';
import { put } from '../lib/ports/catalog/catalog.ts';

const holdfast = fileURLToPath(new URL('../bin/holdfast.js', import.meta.url));

export interface RunningServer {
  process: ChildProcess;
  url: string;
  token: string;
  call(method: string, path: string, body?: unknown): Promise<{ id: string; state: string }>;
}

/**
 * Starts the server of the installation in `folder`, in a process of its own.
 *
 * @param cache where compiled code is kept for the next start
 */
export const startServer = async (folder: string, cache: string): Promise<RunningServer> => {
  const args = [
    holdfast,
    'serve',
    '--data',
    join(folder, 'data'),
    '--config',
    join(folder, 'holdfast.config.json'),
    '--port',
    '0',
  ];
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, HOLDFAST_LOG: 'error', XDG_CACHE_HOME: cache, NODE_COMPILE_CACHE: undefined },
  });
  let text = '';
  child.stderr.on('data', (piece) => {
    text += piece;
  });
  for (const deadline = Date.now() + 20_000; !/listens on/.test(text); await pause(10))
    if (child.exitCode !== null || Date.now() > deadline)
      throw new Error(`the server did not start:\n${text}`);
  const [, url = ''] = /listens on (http\S+)/.exec(text) ?? [];
  const token = (await readFile(join(folder, 'data', 'cli.token'), 'utf8')).trim();
  return {
    process: child,
    url,
    token,
    call: async (method, path, body) => {
      const response = await fetch(`${url}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${token}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
      return response.status === 204 ? Object({}) : Object(await response.json());
    },
  };
};

/** Runs a bench by itself, with a folder of its own for the code that is compiled for the next start. */
export const withCache = async (run: (cache: string) => Promise<void>): Promise<void> => {
  const cache = await mkdtemp(join(tmpdir(), 'holdfast-bench-cache-'));
  try {
    await run(cache);
  } finally {
    await rm(cache, { recursive: true, force: true });
  }
};

/** Copies a real record of a backup into the catalog of a stopped server, `count` times, a multiple of 25. */
export const copyBackups = async (
  folder: string,
  count: number,
  differing: (n: number) => Partial<BackupRecord>,
): Promise<void> => {
  const catalog = new SqliteCatalog(join(folder, 'data', 'catalog.db'));
  const [sample] = (await catalog.list('backup', { limit: 1 })).records;
  if (sample === undefined) throw new Error('there is no backup to copy');
  const copy = (n: number): BackupRecord => ({
    ...sample,
    id: `bulk-${String(n).padStart(8, '0')}-0000-4000-8000-000000000000`,
    ...differing(n),
  });
  for (let n = 0; n < count; n += 25)
    await catalog.commit(Array.from({ length: 25 }, (_, i) => put('backup', copy(n + i), 'absent')));
  catalog.close();
};

export const stopServer = async ({ process: child }: RunningServer): Promise<void> => {
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  await gone;
};

/** Memory of the server in units of 10^6 bytes: now (VmRSS), or at its highest (VmHWM). */
export const memoryMegabytes = async (
  { process: child }: RunningServer,
  which: 'VmRSS' | 'VmHWM',
): Promise<number> => {
  const status = await readFile(`/proc/${child.pid}/status`, 'utf8');
  const line = status.split('\n').find((text) => text.startsWith(which)) ?? '';
  const [kilobytes = '0'] = /\d+/.exec(line) ?? [];
  return Math.round((Number(kilobytes) * 1024) / 1e6);
};

/** Milliseconds. */
export const timed = async (run: () => Promise<unknown>): Promise<number> => {
  const begun = performance.now();
  await run();
  return performance.now() - begun;
};

/** Polls a record until it is a SUCCESS: less often the longer it takes, to disturb the server little. */
const succeeded = async (server: RunningServer, path: string): Promise<void> => {
  const begun = performance.now();
  for (;;) {
    const { state } = await server.call('GET', path);
    if (state === 'SUCCESS') return;
    if (state !== 'IN_PROGRESS') throw new Error(`${path} ended as ${state}`);
    await pause(Math.max(5, Math.min(100, (performance.now() - begun) / 50)));
  }
};

/** Makes a backup, from the request to the sealed and verified archive. Returns its id. */
export const backup = async (server: RunningServer, request: object = {}): Promise<string> => {
  const { id } = await server.call('POST', '/v1/backups', request);
  await succeeded(server, `/v1/backups/${id}`);
  return id;
};

export const restore = async (server: RunningServer, backupId: string, request: object): Promise<void> => {
  const { id } = await server.call('POST', `/v1/backups/${backupId}/restores`, request);
  await succeeded(server, `/v1/restores/${id}`);
};
