import { describe, expect, test } from '@jest/globals';
import { Decrypter, Encrypter } from 'age-encryption';
import { decryptBytes, encryptBytes } from '../../../lib/archive/age/age-header.ts';

const passphrase = 'Größe: correct horse battery staple';
const secret = Buffer.from('secret');

describe('a passphrase [U6]', () => {
  test('seals and opens the same bytes as the age-encryption package does', async () => {
    for (const logN of [1, 10, 15]) {
      const theirs = new Encrypter();
      theirs.setPassphrase(passphrase);
      theirs.setScryptWorkFactor(logN);
      expect((await decryptBytes(await theirs.encrypt(secret), { passphrase })).equals(secret)).toBe(true);
      const ours = new Decrypter();
      ours.addPassphrase(passphrase);
      const opened = await ours.decrypt(await encryptBytes(secret, { passphrase, logN }));
      expect(Buffer.from(opened).equals(secret)).toBe(true);
    }
  });

  test('is stretched while this thread goes on with other things', async () => {
    let turns = 0;
    const other = setInterval(() => {
      turns += 1;
    }, 5);
    const sealed = await encryptBytes(secret, { passphrase });
    const opened = await decryptBytes(sealed, { passphrase });
    clearInterval(other);
    expect(opened.equals(secret)).toBe(true);
    // If this thread did one second of work, the event loop would turn only two or three times.
    expect(turns).toBeGreaterThan(20);
  });

  test('is stretched one at a time, whoever asks: many at once take no more memory than one', async () => {
    const sealed = await encryptBytes(secret, { passphrase, logN: 17 });
    const before = process.memoryUsage().rss;
    let most = 0;
    const watch = setInterval(() => {
      most = Math.max(most, process.memoryUsage().rss - before);
    }, 5);
    const attempts = Array.from({ length: 8 }, (_, n) =>
      decryptBytes(sealed, { passphrase: n % 2 === 0 ? passphrase : 'another' }).catch(({ code }) => code),
    );
    const found = await Promise.all(attempts);
    clearInterval(watch);
    expect(found.map((each) => (typeof each === 'string' ? each : 'opened'))).toEqual(
      Array.from({ length: 8 }, (_, n) => (n % 2 === 0 ? 'opened' : 'wrong_passphrase')),
    );
    // One derivation takes 128 MiB.
    expect(most).toBeLessThan(300 * 1024 * 1024);
  }, 60_000);

  test('that is wrong, and what is no age file, are told apart', async () => {
    const sealed = await encryptBytes(secret, { passphrase, logN: 10 });
    await expect(decryptBytes(sealed, { passphrase: 'another one entirely' })).rejects.toMatchObject({
      name: 'ArchiveError',
      code: 'wrong_passphrase',
    });
    await expect(decryptBytes(Buffer.from('no age file'), { passphrase })).rejects.toMatchObject({
      code: 'age_malformed',
    });
  });
});
