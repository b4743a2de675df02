/** Bind mounts of folders, removed after the tests, and whether this user may make them. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { test } from '@jest/globals';

export const canBind =
  spawnSync('sh', ['-c', 'd=$(mktemp -d) && mount --bind $d $d && umount $d && rmdir $d']).status === 0;
if (!canBind) process.stderr.write('\nSKIPPED: tests of bind mounts need the right to mount\n');

export const testWithBinds = canBind ? test : test.skip;

export class Binds {
  readonly #made: string[] = [];

  async make(from: string, to: string): Promise<void> {
    await mkdir(to, { recursive: true });
    execFileSync('mount', ['--bind', from, to]);
    this.#made.push(to);
  }

  undo(): void {
    for (const made of this.#made.splice(0).reverse()) execFileSync('umount', [made]);
  }
}
