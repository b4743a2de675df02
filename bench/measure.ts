/** Runs a command as a process of its own, and measures its time and memory. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Measured {
  readonly seconds: number;
  /** User and system time, of all its processes. */
  readonly cpuSeconds: number;
  /** The memory of its largest process, in units of 10^6 bytes. */
  readonly peakMegabytes: number;
  readonly output: string;
}

/** Runs a line of bash under GNU time. @throws with its output when it fails */
export const measure = (line: string, env: NodeJS.ProcessEnv = {}): Measured => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-measure-'));
  const report = join(folder, 'time');
  try {
    const run = spawnSync(
      '/usr/bin/time',
      ['-f', '%e %U %S %M', '-o', report, 'bash', '-c', `set -o pipefail; ${line}`],
      { env: { ...process.env, ...env }, encoding: 'utf8', maxBuffer: 2 ** 26 },
    );
    if (run.status !== 0)
      throw new Error(`${line}\nfailed: ${(run.stderr || String(run.error)).slice(0, 2000)}`);
    const [seconds = 0, user = 0, system = 0, kilobytes = 0] = readFileSync(report, 'utf8')
      .trim()
      .split(' ')
      .map(Number);
    return {
      seconds,
      cpuSeconds: user + system,
      peakMegabytes: (kilobytes * 1024) / 1e6,
      output: run.stdout,
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
};

export const isInstalled = (tool: string): boolean => {
  try {
    execFileSync('sh', ['-c', `command -v ${tool}`], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
};

/** The middle one; of an even number the lower of the two. */
export const median = (numbers: readonly number[]): number =>
  [...numbers].sort((a, b) => a - b)[Math.floor((numbers.length - 1) / 2)] ?? Number.NaN;
