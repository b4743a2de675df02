/** The peak memory of a process, as the kernel counts it. Linux only, like the tests that use it. */
import { readFileSync, writeFileSync } from 'node:fs';

/** Resets the peak of a process, so that the next measurement starts now. */
export const resetPeak = (pid: number | 'self' = 'self'): void =>
  writeFileSync(`/proc/${pid}/clear_refs`, '5');

/** Peak resident megabytes; undefined when the process has ended. */
export const peakMegabytes = (pid: number | 'self' = 'self'): number | undefined => {
  try {
    const [, kilobytes] = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return kilobytes === undefined ? undefined : Math.round(Number(kilobytes) / 1000);
  } catch {
    return undefined;
  }
};
