import { chmod, copyFile, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { KeyFileVault } from '../../../lib/adapters/local/keys/key-file-vault.ts';
import { describeKeyVault } from '../../contract/key-vault.ts';
import { temporaryFolders } from './temporary-folder.ts';

const newFolder = temporaryFolders();
const newFile = async () => join(await newFolder(), 'installation.key');

describeKeyVault('key file', async () => {
  // All tests of the contract share this folder, because `newFile` removes its files after each test.
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-test-'));
  const [path, third] = [join(folder, 'installation.key'), join(folder, 'third.key')];
  await KeyFileVault.open(third, { create: true });
  return {
    vault: await KeyFileVault.open(join(folder, 'first.key'), { create: true }),
    other: await KeyFileVault.open(path, { create: true }),
    dangers: [
      { endanger: () => copyFile(third, path), said: /was replaced by another one; put back your copy/ },
      { endanger: () => writeFile(path, 'rubbish'), said: /cannot be used \(.*\); put back your copy/s },
      { endanger: () => rm(path), said: /is missing; put back your copy/ },
    ],
    close: () => rm(folder, { recursive: true }),
  };
});

describe('the key file', () => {
  const context = { installation: 'acme' };

  test('is made once, for its owner alone, and read again later', async () => {
    const path = await newFile();
    const first = await KeyFileVault.open(path, { create: true });
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readdir(join(path, '..'))).toEqual(['installation.key']);
    const wrapped = await first.wrap(Buffer.from('secret'), context);
    const text = await readFile(path, 'utf8');
    for (const create of [true, false]) {
      const again = await KeyFileVault.open(path, { create });
      expect(again.keyId).toBe(first.keyId);
      expect(Buffer.from(await again.unwrap(wrapped, context)).toString()).toBe('secret');
      expect(await again.verifyKey()).toEqual(await first.verifyKey());
    }
    expect(await readFile(path, 'utf8')).toBe(text);
  });

  test('is made although a crash left half of an earlier one', async () => {
    const path = await newFile();
    await writeFile(`${path}.new`, '{"form');
    await KeyFileVault.open(path, { create: true });
    expect(await readdir(join(path, '..'))).toEqual(['installation.key']);
  });

  test('that is missing is not silently replaced', async () => {
    const path = await newFile();
    await expect(KeyFileVault.open(path, { create: false })).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringContaining('put back your copy'),
    });
    expect(await readdir(join(path, '..'))).toEqual([]);
  });

  test.each([0o640, 0o604, 0o620, 0o666])('of mode %o is refused, saying chmod', async (mode) => {
    const path = await newFile();
    await KeyFileVault.open(path, { create: true });
    await chmod(path, mode);
    await expect(KeyFileVault.open(path, { create: true })).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringContaining('chmod 600'),
    });
  });

  test('that is damaged in any way is refused as damaged', async () => {
    const path = await newFile();
    await KeyFileVault.open(path, { create: true });
    const text = await readFile(path, 'utf8');
    const wrappingKey = /"wrappingKey": "(.)/.exec(text)?.[1] ?? '';
    const signingKey = text.indexOf('"signingKey": "') + 40;
    const damages = [
      '',
      text.slice(0, 100),
      text.replace(`"wrappingKey": "${wrappingKey}`, `"wrappingKey": "${wrappingKey === 'A' ? 'B' : 'A'}`),
      text.slice(0, signingKey) + (text[signingKey] === 'A' ? 'B' : 'A') + text.slice(signingKey + 1),
      text.replace('holdfast-installation-key', 'other'),
      'null',
      '[]',
      'x'.repeat(1_000_000),
    ];
    for (const damage of damages) {
      await writeFile(path, damage);
      await expect(KeyFileVault.open(path, { create: true })).rejects.toMatchObject({
        code: 'internal',
        message: expect.stringContaining('is damaged'),
      });
      expect(await readFile(path, 'utf8')).toBe(damage);
    }
  });

  test('of a newer version is refused as such', async () => {
    const path = await newFile();
    await KeyFileVault.open(path, { create: true });
    await writeFile(path, (await readFile(path, 'utf8')).replace('"version": 1', '"version": 2'));
    await expect(KeyFileVault.open(path, { create: true })).rejects.toMatchObject({
      code: 'incompatible_version',
    });
  });
});
