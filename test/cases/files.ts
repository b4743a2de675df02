/** Writes and compares trees of files. */
import { execFileSync } from 'node:child_process';
import { mkdir, truncate, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Writes a tree from contents by path. */
export const writeTree = async (
  folder: string,
  files: Readonly<Record<string, string | Uint8Array>>,
): Promise<void> => {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
};

/**
 * A sparse file that takes many seconds to read but no disk space, so that an operation is still running when
 * the test looks.
 */
export const writeSlowFile = async (path: string, gigabytes = 60): Promise<void> => {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, '');
  await truncate(path, gigabytes * 1e9);
};

/** How two trees differ in names, types, contents, modes and times; empty when they are equal. */
export const differences = (a: string, b: string): string => {
  const run = (command: string, args: string[]): string => {
    try {
      return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
    } catch (thrown) {
      return String(Object(thrown).stdout) || String(thrown);
    }
  };
  const listing = (folder: string) =>
    run('find', [folder, '-printf', '%P %y %m %T+ %l\\n'])
      .split('\n')
      .sort()
      .join('\n')
      .replaceAll(/(\.\d{6})\d+/g, '$1');
  const contents = run('diff', ['-r', '--no-dereference', a, b]);
  return contents || (listing(a) === listing(b) ? '' : `--- ${a}\n${listing(a)}\n+++ ${b}\n${listing(b)}`);
};
