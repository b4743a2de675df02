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
import {
  backup,
  memoryMegabytes,
  type RunningServer,
  restore,
  startServer,
  stopServer,
  timed,
} from './server.ts';

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

/** One round: the seconds of ours and of the shell's, there and back. */
interface Round {
  readonly backup: number;
  readonly shellBackup: number;
  readonly restore: number;
  readonly shellRestore: number;
  /** The server's highest memory until the end of this backup. */
  readonly peakMegabytes: number;
}

export const measureWholePath = async (
  input: Input,
  shell: Contestant,
  { work, cache, rounds }: { readonly work: string; readonly cache: string; readonly rounds: number },
): Promise<WholePathFigures> => {
  const folder = mkdtempSync(join(work, 'installation-'));
  writeFileSync(
    join(folder, 'holdfast.config.json'),
    JSON.stringify({ components: [{ id: 'files', kind: 'directory', path: input.path }] }),
  );
  const server = await startServer(folder, cache);
  try {
    const measured: Round[] = [];
    while (measured.length < rounds)
      measured.push(await measureRound(input, shell, server, join(folder, 'shell')));
    return {
      input: input.name,
      sourceBytes: input.bytes,
      ...secondsAndRatios(measured),
      backupPeakMegabytes: measured[0]?.peakMegabytes ?? Number.NaN,
      peakMegabytes: await memoryMegabytes(server, 'VmHWM'),
    };
  } finally {
    await stopServer(server);
    rmSync(folder, { recursive: true, force: true });
  }
};

const measureRound = async (
  input: Input,
  shell: Contestant,
  server: RunningServer,
  place: string,
): Promise<Round> => {
  const memory = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
  const target = mkdtempSync(join(memory, 'holdfast-bench-'));
  const shellTarget = mkdtempSync(join(memory, 'holdfast-bench-'));
  try {
    let id = '';
    warm(input.path);
    execFileSync('sync');
    const backupMilliseconds = await timed(async () => {
      id = await backup(server);
    });
    const peakMegabytes = await memoryMegabytes(server, 'VmHWM');
    shell.prepare(place);
    execFileSync('sync');
    // Our archive is on the disk when the backup ends, so theirs must be, too.
    const shellBackup = measure(
      `${shell.backup(input.path, place)} && sync '${join(place, 'archive')}'`,
    ).seconds;
    const restoreMilliseconds = await timed(() => restore(server, id, { targets: { files: target } }));
    const shellRestore = measure(shell.restore(place, shellTarget)).seconds;
    await server.call('DELETE', `/v1/backups/${id}`);
    return {
      backup: backupMilliseconds / 1000,
      shellBackup,
      restore: restoreMilliseconds / 1000,
      shellRestore,
      peakMegabytes,
    };
  } finally {
    for (const path of [target, shellTarget, place]) rmSync(path, { recursive: true, force: true });
  }
};

const secondsAndRatios = (
  rounds: readonly Round[],
): Omit<WholePathFigures, 'input' | 'sourceBytes' | 'backupPeakMegabytes' | 'peakMegabytes'> => {
  const medianOf = (figure: (round: Round) => number): number => median(rounds.map(figure));
  return {
    backupSeconds: medianOf((round) => round.backup),
    restoreSeconds: medianOf((round) => round.restore),
    shellBackupSeconds: medianOf((round) => round.shellBackup),
    shellRestoreSeconds: medianOf((round) => round.shellRestore),
    backupRatio: medianOf((round) => round.shellBackup / round.backup),
    restoreRatio: medianOf((round) => round.shellRestore / round.restore),
  };
};
