import { expect, test } from '@jest/globals';
import { decryptOffThread, encryptOffThread } from '../../lib/archive/age/passphrase-thread.ts';

const passphrase = 'correct horse battery staple';

test('a passphrase is stretched while this thread goes on with other things', async () => {
  let turns = 0;
  const other = setInterval(() => {
    turns += 1;
  }, 5);
  const sealed = await encryptOffThread(Buffer.from('secret'), { passphrase });
  const opened = await decryptOffThread(sealed, { passphrase });
  clearInterval(other);
  expect(opened.toString()).toBe('secret');
  // Two seconds of work in this thread would leave two or three.
  expect(turns).toBeGreaterThan(20);
});

test('what is wrong comes back as it was said', async () => {
  const sealed = await encryptOffThread(Buffer.from('secret'), { passphrase, logN: 10 });
  await expect(decryptOffThread(sealed, { passphrase: 'another one entirely' })).rejects.toMatchObject({
    name: 'ArchiveError',
    code: 'wrong_passphrase',
  });
  await expect(decryptOffThread(Buffer.from('no age file'), { passphrase })).rejects.toMatchObject({
    code: 'age_malformed',
  });
});
