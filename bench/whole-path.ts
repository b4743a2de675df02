/**
 * Scenario: the whole path, from the request over HTTP through lock, workflow, capture, seal, read-back and record, and
 * the restore likewise; compared with the bare shell pipeline on the same disk, synced like ours, taking turns.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Contestant } from './contestants.ts';
import { warm } from './directory.ts';
import type { Input } from './inputs.ts';
import { measure, median } from './measure.ts';
import { backup, memoryMegabytes, restore, startServer, stopServer, timed } from './server.ts';

export interface WholePathFigures {
  readonly input: string;
  readonly sourceBytes: number;
  /** Seconds, medians. */
  readonly backupSeconds: number;
  readonly restoreSeconds: number;
  readonly shellBackupSeconds: number;
  readonly shellRestoreSeconds: number;
  /** How many times faster than the shell: medians of the ratios, round by round. */
  readonly backupRatio: number;
  readonly restoreRatio: number;
  /** The highest memory of the server: after the first backup, and after everything. */
  readonly backupPeakMegabytes: number;
  readonly peakMegabytes: number;
}

export const measureWholePath = async (
  input: Input,
  shell: Contestant,
  { work, cache, rounds }: { readonly work: string; readonly cache: string; readonly rounds: number },
): Promise<WholePathFigures> => {
  const folder = mkdtempSync(join(work, 'installation-'));
  const memory = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
  writeFileSync(
    join(folder, 'holdfast.config.json'),
    JSON.stringify({ components: [{ id: 'files', kind: 'directory', path: input.path }] }),
  );
  const server = await startServer(folder, cache);
  const ours: number[] = [];
  const oursBack: number[] = [];
  const theirs: number[] = [];
  const theirsBack: number[] = [];
  let backupPeak = 0;
  try {
    for (let round = 0; round < rounds; round += 1) {
      const target = mkdtempSync(join(memory, 'holdfast-bench-'));
      const shellTarget = mkdtempSync(join(memory, 'holdfast-bench-'));
      const place = join(folder, 'shell');
      try {
        let id = '';
        warm(input.path);
        execFileSync('sync');
        ours.push(
          (await timed(async () => {
            id = await backup(server);
          })) / 1000,
        );
        backupPeak ||= await memoryMegabytes(server, 'VmHWM');
        shell.prepare(place);
        execFileSync('sync');
        // Our archive is on the disk when the backup ends, so theirs must be, too.
        theirs.push(
          measure(`${shell.backup(input.path, place)} && sync '${join(place, 'archive')}'`).seconds,
        );
        oursBack.push((await timed(() => restore(server, id, { targets: { files: target } }))) / 1000);
        theirsBack.push(measure(shell.restore(place, shellTarget)).seconds);
        await server.call('DELETE', `/v1/backups/${id}`);
      } finally {
        for (const path of [target, shellTarget, place]) rmSync(path, { recursive: true, force: true });
      }
    }
    const ratio = (mine: readonly number[], other: readonly number[]): number =>
      median(mine.map((seconds, round) => (other[round] ?? Number.NaN) / seconds));
    return {
      input: input.name,
      sourceBytes: input.bytes,
      backupSeconds: median(ours),
      restoreSeconds: median(oursBack),
      shellBackupSeconds: median(theirs),
      shellRestoreSeconds: median(theirsBack),
      backupRatio: ratio(ours, theirs),
      restoreRatio: ratio(oursBack, theirsBack),
      backupPeakMegabytes: backupPeak,
      peakMegabytes: await memoryMegabytes(server, 'VmHWM'),
    };
  } finally {
    await stopServer(server);
    rmSync(folder, { recursive: true, force: true });
  }
};
