/**
 * What an embedded installation costs when little is asked of it: from POST to SUCCESS for one small file, the first
 * page of ten thousand backups, and the memory of an idle server. A real server in a process of its own.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { SqliteCatalog } from '../lib/hosts/embedded/sqlite-catalog.ts';
import type { BackupRecord } from '../lib/model/records.ts';
import { put } from '../lib/ports/catalog.ts';

const holdfast = fileURLToPath(new URL('../bin/holdfast.js', import.meta.url));
const RECORDS = 10_000;

export interface InstallationFigures {
  /** Medians. */
  oneFileMilliseconds: number;
  /** Of the last, when all is warm, and of the first, when the interpreter and the threads are started. */
  firstFileMilliseconds: number;
  listMilliseconds: number;
  listSlowestMilliseconds: number;
  idleMegabytes: number;
  idleAfterBackupMegabytes: number;
}

interface Running {
  process: ChildProcess;
  call(method: string, path: string, body?: unknown): Promise<{ id: string; state: string }>;
}

const start = async (folder: string): Promise<Running> => {
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
    env: { ...process.env, HOLDFAST_LOG: 'error' },
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
      return Object(await response.json());
    },
  };
};

const stop = async ({ process: child }: Running): Promise<void> => {
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  await gone;
};

const residentMegabytes = async ({ process: child }: Running): Promise<number> => {
  const [, kilobytes = '0'] =
    /^VmRSS:\s+(\d+) kB/m.exec(await readFile(`/proc/${child.pid}/status`, 'utf8')) ?? [];
  return Math.round(Number(kilobytes) / 1000);
};

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

const timed = async (run: () => Promise<unknown>): Promise<number> => {
  const begun = performance.now();
  await run();
  return performance.now() - begun;
};

const backup = async (server: Running): Promise<void> => {
  const { id } = await server.call('POST', '/v1/backups', {});
  for (;;) {
    const { state } = await server.call('GET', `/v1/backups/${id}`);
    if (state === 'SUCCESS') return;
    if (state !== 'IN_PROGRESS') throw new Error(`the backup ended as ${state}`);
    await pause(5);
  }
};

/** Copies a real record ten thousand times into the catalog of a stopped server. */
const fillCatalog = async (folder: string): Promise<void> => {
  const catalog = new SqliteCatalog(join(folder, 'data', 'catalog.db'));
  const [sample] = (await catalog.list('backup', { limit: 1 })).records;
  if (sample === undefined) throw new Error('there is no backup to copy');
  const copy = (n: number): BackupRecord => ({
    ...sample,
    id: `bulk-${String(n).padStart(8, '0')}-0000-4000-8000-000000000000`,
    label: 'bulk',
    createdAt: new Date(Date.UTC(2026, 0, 1) + n * 60_000).toISOString(),
  });
  for (let n = 0; n < RECORDS; n += 25)
    await catalog.commit(Array.from({ length: 25 }, (_, i) => put('backup', copy(n + i), 'absent')));
  catalog.close();
};

export const measureInstallation = async (): Promise<InstallationFigures> => {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-bench-'));
  await mkdir(join(folder, 'source'));
  await writeFile(join(folder, 'source', 'one.txt'), 'one file');
  await writeFile(
    join(folder, 'holdfast.config.json'),
    JSON.stringify({ components: [{ id: 'files', kind: 'directory', path: 'source' }] }),
  );
  let server = await start(folder);
  try {
    await pause(2_000);
    const idleMegabytes = await residentMegabytes(server);
    const firstFileMilliseconds = await timed(() => backup(server));
    const runs: number[] = [];
    for (let i = 0; i < 15; i++) runs.push(await timed(() => backup(server)));
    await pause(2_000);
    const idleAfterBackupMegabytes = await residentMegabytes(server);
    await stop(server);
    await fillCatalog(folder);
    server = await start(folder);
    const lists: number[] = [];
    for (let i = 0; i < 100; i++) lists.push(await timed(() => server.call('GET', '/v1/backups')));
    return {
      oneFileMilliseconds: median(runs),
      firstFileMilliseconds,
      listMilliseconds: median(lists),
      listSlowestMilliseconds: Math.max(...lists),
      idleMegabytes,
      idleAfterBackupMegabytes,
    };
  } finally {
    await stop(server);
    await rm(folder, { recursive: true, force: true });
  }
};
