/** Real mounts for tests, when this user may mount file systems. */
import { execFileSync, spawnSync } from 'node:child_process';
import { scratchFolder } from '../samples/tree-fixtures.ts';

/** Mounts a file system; the returned function unmounts it. */
export const mounted = (what: string, where: string, options: readonly string[]): (() => void) => {
  execFileSync('mount', [...options, what, where]);
  return () => {
    execFileSync('umount', [where]);
  };
};

export const canMount: boolean = (() => {
  if (process.geteuid?.() !== 0) return false;
  using scratch = scratchFolder();
  if (spawnSync('mount', ['-t', 'tmpfs', 'tmpfs', scratch.path]).status !== 0) return false;
  execFileSync('umount', [scratch.path]);
  return true;
})();
