/** How much memory a process had at most, by what the kernel counts: Linux only, as are the tests that use it. */
import { readFileSync, writeFileSync } from 'node:fs';

/** Forgets the peak of a process: what is measured next is what it takes from now on. */
export const resetPeak = (pid: number | 'self' = 'self'): void =>
  writeFileSync(`/proc/${pid}/clear_refs`, '5');

/** Resident megabytes at most; undefined when the process is gone. */
export const peakMegabytes = (pid: number | 'self' = 'self'): number | undefined => {
  try {
    const [, kilobytes] = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return kilobytes === undefined ? undefined : Math.round(Number(kilobytes) / 1000);
  } catch {
    return undefined;
  }
};
