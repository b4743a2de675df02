/** Where file systems are mounted, as the system says: one may be mounted twice, and is still not to be crossed. */
import { readFileSync } from 'node:fs';
import type { ByteString } from '../tar/byte-string.ts';

/** Paths of mount points, files among them. Empty where the system does not tell (it does on Linux). */
export const mountPoints = (): ReadonlySet<ByteString> => {
  let table: string;
  try {
    table = readFileSync('/proc/self/mountinfo', 'latin1');
  } catch {
    return new Set();
  }
  return new Set(mountPointsIn(table));
};

/** The fifth field of each line, in which blanks, line ends and backslashes are octal: see proc_pid_mountinfo(5). */
export const mountPointsIn = (table: string): ByteString[] =>
  table.split('\n').flatMap((line) => {
    const point = line.split(' ')[4];
    return point === undefined
      ? []
      : [point.replace(/\\([0-7]{3})/g, (_, octal) => String.fromCharCode(Number.parseInt(octal, 8)))];
  });
