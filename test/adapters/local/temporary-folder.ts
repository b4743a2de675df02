import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from '@jest/globals';

/** Returns a function that makes a new folder for a test; the folders are removed after each test. */
export const temporaryFolders = (): (() => Promise<string>) => {
  const made: string[] = [];
  afterEach(async () => {
    for (const folder of made.splice(0)) await rm(folder, { recursive: true, force: true });
  });
  return async () => {
    const folder = await mkdtemp(join(tmpdir(), 'holdfast-test-'));
    made.push(folder);
    return folder;
  };
};
