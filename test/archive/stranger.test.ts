import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest } from '@jest/globals';
import { randomFrom, testSeed } from '../random-pieces.ts';
import { testWith } from '../tools/debian-tools.ts';

jest.setTimeout(120_000);
const fixtures = join(import.meta.dirname, '../fixtures/archive-v1');
const golden = JSON.parse(readFileSync(join(fixtures, 'golden.json'), 'utf8'));
const seed = testSeed();
console.log(`stranger: SEED=${seed}`);

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-stranger-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const read = (archive: string, identity?: string, verifyKey: string = golden.verifyKey) => {
  const args = [join(import.meta.dirname, 'stranger.py'), verifyKey, archive];
  if (identity !== undefined) {
    const file = join(folder, 'identity');
    writeFileSync(file, `${identity}\n`);
    args.push(file);
  }
  return spawnSync('python3', args, { encoding: 'utf8' });
};

const inside = testWith('python3', 'openssl', 'age', 'zstd');
const outside = testWith('python3', 'openssl');

describe('a reader written from the document alone, in another language,', () => {
  inside.each([
    ['key.hfa', 'golden-key'],
    ['run-on.hfa', 'golden-key'],
    ['hsm.hfa', 'golden-service-key'],
  ])('reads all of %s, and finds each content where contents say [B5] [U9]', (name, key) => {
    const { status, stdout, stderr } = read(join(fixtures, name), golden.identities[key]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const found = JSON.parse(stdout);
    expect(found.components.database).toBe(golden.stream.sha256);
    expect(found.contents.files).toHaveLength(golden.tree.length + 1);
  });

  outside('checks the others, and knows a signer from another [B8]', () => {
    for (const name of Object.keys(golden.sha256)) expect(read(join(fixtures, name)).status).toBe(0);
    const { status, stderr } = read(
      join(fixtures, 'key.hfa'),
      undefined,
      Buffer.alloc(32).toString('base64'),
    );
    expect({ status, stderr }).toEqual({ status: 1, stderr: 'the signer is unknown\n' });
  });

  outside('refuses changed bytes as ours does [B8]', () => {
    const random = randomFrom(seed);
    const bytes = readFileSync(join(fixtures, 'key.hfa'));
    const changed = join(folder, 'changed.hfa');
    for (let n = 0; n < 24; n += 1) {
      const at = n < 8 ? bytes.length - 1 - random(2048) : random(bytes.length);
      const copy = Buffer.from(bytes);
      copy[at] = (copy[at] ?? 0) ^ (1 << random(8));
      writeFileSync(changed, copy);
      expect({ at, status: read(changed).status }).toEqual({ at, status: 1 });
    }
  });
});
