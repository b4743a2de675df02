/**
 * Recovers archives with `holdfast recover-script`, each in its own folder, and checks that nothing beside it
 * changed.
 */
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from '@jest/globals';
import { recoverScript } from '../../../lib/archive/writer/recover.ts';
import { type ListedFile, treeListing } from '../samples/sample-tree.ts';
import { type Followed, follow } from './follow-recover.ts';

/** Escape sequences that a terminal obeys: they set the title and clear the screen. */
export const ESCAPE = '\x1b]0;owned\x07\x1b[2J';

/** The user who runs the tests, and if that is root, another user as well. */
export const users: readonly (number | undefined)[] =
  process.getuid?.() === 0 ? [undefined, 65_534] : [undefined];

export interface RecoveredAs {
  /** The signer that the person expects, and the key that opens the archive. */
  readonly archive: {
    readonly backupKey: { readonly identity: string };
    readonly signing: { readonly verifyKey: string };
  };
  readonly user?: number | undefined;
  /** The maximum size of any file that the script writes. */
  readonly fileKiB?: number;
}

/** Folders for tests, removed when it goes out of scope. */
export class RecoverJail implements Disposable {
  readonly #folder = mkdtempSync(join(tmpdir(), 'holdfast-recover-jail-'));
  #count = 0;

  constructor() {
    chmodSync(this.#folder, 0o755);
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /**
   * Checks every outcome: the script ended, printed no control characters, left no scratch files, and wrote
   * only into `restored`. A link out of `restored/<component>` leads to `../../../outside`, which holds a
   * canary.
   */
  recover(
    bytes: Uint8Array,
    { archive, user, fileKiB }: RecoveredAs,
  ): Followed & { readonly restored: string } {
    this.#count += 1;
    const jail = join(this.#folder, String(this.#count));
    const [cwd, outside] = [join(jail, 'cwd'), join(jail, 'outside')];
    for (const path of [jail, cwd, outside]) mkdirSync(path);
    writeFileSync(join(outside, 'canary'), 'sings', { mode: 0o666 });
    writeFileSync(join(jail, 'archive'), bytes);
    writeFileSync(join(jail, 'key'), `${archive.backupKey.identity}\n`);
    if (user !== undefined)
      for (const name of ['', 'cwd', 'outside', 'outside/canary', 'key'])
        chownSync(join(jail, name), user, user);
    const before = besides(jail);
    const done = follow({
      commands: `ulimit -f ${fileKiB ?? 'unlimited'}\n${recoverScript()}`,
      cwd,
      variables: {
        ARCHIVE: join(jail, 'archive'),
        KEY: join(jail, 'key'),
        VERIFY_KEY: archive.signing.verifyKey,
      },
      ...(user === undefined ? {} : { user }),
    });
    expect(done.status).not.toBeNull();
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the expression finds control characters
    expect(done.stdout + done.stderr).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\xff]/);
    expect(besides(jail)).toEqual(before);
    expect(readdirSync(cwd).filter((name) => name !== 'restored')).toEqual([]);
    return { ...done, restored: join(cwd, 'restored') };
  }

  /**
   * The script stops with this sentence before it restores anything. Successive attempts run as each user in
   * turn.
   */
  expectRefused(what: string, bytes: Uint8Array, sentence: RegExp, { archive }: RecoveredAs): void {
    const user = users[this.#count % users.length];
    const { status, stderr, restored } = this.recover(bytes, { archive, user });
    expect([what, status, stderr]).toEqual([what, 1, expect.stringMatching(sentence)]);
    expect([what, stderr]).toEqual([what, expect.stringMatching(/^(Stopped: |age: error)/m)]);
    expect([what, stderr]).toEqual([what, expect.stringMatching(/\nNOT RECOVERED: .*\n$/)]);
    expect([what, treeListing(join(restored, '..'))]).toEqual([what, []]);
  }
}

/** All files of the jail except those in the folder to recover into. */
const besides = (jail: string): ListedFile[] =>
  treeListing(jail).filter(({ path }) => !/^cwd(\/|$)/.test(path));
