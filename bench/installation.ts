/**
 * The cost of an embedded installation under little load: from POST to SUCCESS for one small file, the first page of
 * ten thousand backups, and the memory of an idle server. A real server in a process of its own.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { median } from './measure.ts';
import { backup, copyBackups, memoryMegabytes, restore, startServer, stopServer, timed } from './server.ts';

const RECORDS = 10_000;

interface Start {
  milliseconds: number;
  idleMegabytes: number;
}

export interface InstallationFigures {
  /** Medians. */
  oneFileMilliseconds: number;
  /** Of the last, when everything is warm, and of the first, which starts the interpreter and the threads. */
  firstFileMilliseconds: number;
  listMilliseconds: number;
  listSlowestMilliseconds: number;
  /** Of the very first start, without compiled code from an earlier one; and of the next. */
  firstStart: Start;
  nextStart: Start;
  idleAfterBackupMegabytes: number;
}

const fillCatalog = (folder: string): Promise<void> =>
  copyBackups(folder, RECORDS, (n) => ({
    label: 'bulk',
    createdAt: new Date(Date.UTC(2026, 0, 1) + n * 60_000).toISOString(),
  }));

/** Leaves the code of backups and restores compiled in `cache`. */
export const measureInstallation = async (cache: string): Promise<InstallationFigures> => {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-bench-'));
  await mkdir(join(folder, 'source'));
  await writeFile(join(folder, 'source', 'one.txt'), 'one file');
  await writeFile(
    join(folder, 'holdfast.config.json'),
    JSON.stringify({ components: [{ id: 'files', kind: 'directory', path: 'source' }] }),
  );
  let server = await startServer(folder, cache);
  const startAgain = async (): Promise<Start> => {
    const milliseconds = await timed(async () => {
      server = await startServer(folder, cache);
    });
    await pause(2_000);
    return { milliseconds, idleMegabytes: await memoryMegabytes(server, 'VmRSS') };
  };
  try {
    // The installation exists now; its code is compiled once more.
    await stopServer(server);
    await rm(cache, { recursive: true });
    const firstStart = await startAgain();
    // The code that these need is also compiled and kept.
    const id = await backup(server);
    await restore(server, id, { targets: { files: join(folder, 'restored') } });
    await stopServer(server);
    const nextStart = await startAgain();
    const firstFileMilliseconds = await timed(() => backup(server));
    const runs: number[] = [];
    for (let i = 0; i < 15; i++) runs.push(await timed(() => backup(server)));
    // After this time the segment threads have ended.
    await pause(18_000);
    const idleAfterBackupMegabytes = await memoryMegabytes(server, 'VmRSS');
    await stopServer(server);
    await fillCatalog(folder);
    server = await startServer(folder, cache);
    const lists: number[] = [];
    for (let i = 0; i < 100; i++) lists.push(await timed(() => server.call('GET', '/v1/backups')));
    return {
      oneFileMilliseconds: median(runs),
      firstFileMilliseconds,
      listMilliseconds: median(lists),
      listSlowestMilliseconds: Math.max(...lists),
      firstStart,
      nextStart,
      idleAfterBackupMegabytes,
    };
  } finally {
    await stopServer(server);
    await rm(folder, { recursive: true, force: true });
  }
};
