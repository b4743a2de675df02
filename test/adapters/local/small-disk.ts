/**
 * A small disk that fills up quickly: a tmpfs in the mount namespace of a child process, which disappears
 * with that process.
 */
import { execFileSync } from 'node:child_process';
import { test } from '@jest/globals';

const mount = 'mount -t tmpfs -o size="$2" tmpfs "$1"';
const mayMount = (): boolean => {
  try {
    execFileSync('unshare', ['-m', 'sh', '-c', mount, 'sh', '/mnt', '1m'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
};

/** Skipped when this user may not mount file systems. */
export const testOnSmallDisk = mayMount() ? test : test.skip;

/** Runs a module that gets the disk's folder as `process.argv[1]`; returns its output. */
export const onSmallDisk = (folder: string, size: string, script: string): string =>
  execFileSync(
    'unshare',
    [
      '-m',
      'sh',
      '-c',
      `${mount} && exec "$0" --disable-warning=ExperimentalWarning --input-type=module -e "$3" "$1"`,
      process.execPath,
      folder,
      size,
      script,
    ],
    { encoding: 'utf8' },
  ).trim();
