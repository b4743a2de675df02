/**
 * Where file systems are mounted, as the system says. One may be mounted twice: a restore does not cross such a mount
 * either.
 */
import { readFileSync } from 'node:fs';
import type { ByteString } from '../tar/byte-string.ts';

/** Paths of mount points, some of them files. Empty where the system does not list them (Linux does). */
export const mountPoints = (): ReadonlySet<ByteString> => {
  let table: string;
  try {
    table = readFileSync('/proc/self/mountinfo', 'latin1');
  } catch {
    return new Set();
  }
  return new Set(mountPointsIn(table));
};

/** The fifth field of each line, in which blanks, line feeds and backslashes are octal: see proc_pid_mountinfo(5). */
export const mountPointsIn = (table: string): ByteString[] =>
  table.split('\n').flatMap((line) => {
    const point = line.split(' ')[4];
    return point === undefined
      ? []
      : [point.replace(/\\([0-7]{3})/g, (_, octal) => String.fromCharCode(Number.parseInt(octal, 8)))];
  });
