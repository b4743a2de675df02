/** A disk that is soon full: a tmpfs in a mount namespace of a child process, gone with it. */
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

/** Skipped where this user may not mount anything. */
export const testOnSmallDisk = mayMount() ? test : test.skip;

/** Runs a module that finds the disk's folder as `process.argv[1]`; returns what it prints. */
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
