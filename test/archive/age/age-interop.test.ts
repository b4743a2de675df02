import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { Decrypter, Encrypter } from 'age-encryption';
import fc from 'fast-check';
import {
  type AgeKeyPair,
  decryptBytes,
  encryptBytes,
  generateBackupKey,
  makeAgePrefix,
  recipientOf,
} from '../../../lib/archive/age/age-header.ts';
import {
  AGE_CHUNK_BYTES,
  openedPayloadBytes,
  openPayload,
  PayloadOpener,
  PayloadSealer,
  sealedPayloadBytes,
  sealPayload,
} from '../../../lib/archive/age/age-payload.ts';
import { piecesOf, randomFrom, testSeed } from '../../random-pieces.ts';
import { testWith } from '../../tools/debian-tools.ts';
import { installModernAge } from '../../tools/modern-age.ts';

jest.setTimeout(60_000);

const seed = testSeed();
console.log(`age: SEED=${seed}`);
const random = randomFrom(seed);
const sizes = [0, 1, 15, 16, 17, AGE_CHUNK_BYTES - 1, AGE_CHUNK_BYTES, AGE_CHUNK_BYTES + 1].concat([
  2 * AGE_CHUNK_BYTES - 1,
  2 * AGE_CHUNK_BYTES,
  2 * AGE_CHUNK_BYTES + 1,
  1_000_000,
]);
const someBytes = (length: number): Buffer => Buffer.from(Array.from({ length }, () => random(256)));

const modern = await installModernAge();

let folder: string;
let key: AgeKeyPair;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-age-'));
  key = await generateBackupKey();
  writeFileSync(join(folder, 'key.txt'), `${key.identity}\n`);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const age = (args: readonly string[], input: Uint8Array, program = 'age'): Buffer =>
  execFileSync(program, args, {
    cwd: folder,
    input,
    maxBuffer: 64 * 1024 * 1024,
    stdio: ['pipe', 'pipe', 'pipe'],
  });

describe('age files of ours and of others', () => {
  testWith('age').each(sizes)('go both ways with Debian’s age: %i bytes [B5]', async (size) => {
    const plain = someBytes(size);
    const ours = await encryptBytes(plain, { recipients: [key.recipient] });
    expect(age(['-d', '-i', 'key.txt'], ours).equals(plain)).toBe(true);
    const theirs = age(['-r', key.recipient], plain);
    expect((await decryptBytes(theirs, { identities: [key.identity] })).equals(plain)).toBe(true);
  });

  test.each([false, true])(
    'go both ways with the age-encryption package; post-quantum: %s [B19]',
    async (postQuantum) => {
      const pair = await generateBackupKey({ postQuantum });
      expect(pair.recipient.startsWith(postQuantum ? 'age1pq1' : 'age1')).toBe(true);
      expect(await recipientOf(pair.identity)).toBe(pair.recipient);
      const plain = someBytes(150_000);
      const decrypter = new Decrypter();
      decrypter.addIdentity(pair.identity);
      const ours = await encryptBytes(plain, { recipients: [pair.recipient] });
      expect(Buffer.from(await decrypter.decrypt(ours)).equals(plain)).toBe(true);
      const encrypter = new Encrypter();
      encrypter.addRecipient(pair.recipient);
      const theirs = await encrypter.encrypt(plain);
      expect((await decryptBytes(theirs, { identities: [pair.identity] })).equals(plain)).toBe(true);
    },
  );

  (modern === undefined ? test.skip : test)(
    'go both ways with age 1.3 under post-quantum keys, ours and its own [B19] [B5]',
    async () => {
      const program = join(modern ?? '', 'age');
      const made = execFileSync(join(modern ?? '', 'age-keygen'), ['-pq'], {
        encoding: 'utf8',
        stdio: 'pipe',
      });
      const theirs = /^AGE-SECRET-KEY-.*$/m.exec(made)?.[0] ?? '';
      const ours = (await generateBackupKey({ postQuantum: true })).identity;
      for (const identity of [theirs, ours]) {
        const recipient = await recipientOf(identity);
        expect(recipient).toMatch(/^age1pq1/);
        writeFileSync(join(folder, 'hybrid.txt'), `${identity}\n`);
        const plain = someBytes(150_000);
        const sealed = await encryptBytes(plain, { recipients: [recipient] });
        expect(age(['-d', '-i', 'hybrid.txt'], sealed, program).equals(plain)).toBe(true);
        const back = age(['-e', '-i', 'hybrid.txt'], plain, program);
        expect((await decryptBytes(back, { identities: [identity] })).equals(plain)).toBe(true);
      }
    },
  );

  testWith('age', 'script')('open with a passphrase in Debian’s age [U6] [B5]', async () => {
    const plain = someBytes(70_000);
    writeFileSync(
      join(folder, 'sealed.age'),
      await encryptBytes(plain, { passphrase: 'open sesame 123', logN: 10 }),
    );
    // age asks for a passphrase only on a terminal; script(1) provides one.
    execFileSync('script', ['-qec', 'age -d -o opened sealed.age', '/dev/null'], {
      cwd: folder,
      input: 'open sesame 123\n',
      stdio: ['pipe', 'ignore', 'pipe'],
    });
    expect(readFileSync(join(folder, 'opened')).equals(plain)).toBe(true);
  });

  test('open with each of several recipients, and with any of several identities', async () => {
    const [a, b, c] = await Promise.all([generateBackupKey(), generateBackupKey(), generateBackupKey()]);
    const file = await encryptBytes(Buffer.from('x'), { recipients: [a.recipient, b.recipient] });
    for (const identities of [[a.identity], [b.identity], [c.identity, b.identity]]) {
      expect((await decryptBytes(file, { identities })).toString()).toBe('x');
    }
    await expect(decryptBytes(file, { identities: [c.identity] })).rejects.toMatchObject({
      code: 'wrong_key',
    });
    await expect(decryptBytes(file, { identities: [] })).rejects.toMatchObject({ code: 'wrong_key' });
  });
});

describe('refusals of age', () => {
  test('tell a wrong passphrase, a missing one and a needless one apart', async () => {
    const sealed = await encryptBytes(Buffer.from('x'), { passphrase: 'right', logN: 4 });
    await expect(decryptBytes(sealed, { passphrase: 'wrong' })).rejects.toMatchObject({
      code: 'wrong_passphrase',
    });
    await expect(decryptBytes(sealed, { identities: [key.identity] })).rejects.toMatchObject({
      code: 'wrong_key',
      message: expect.stringContaining('give the passphrase'),
    });
    const keyed = await encryptBytes(Buffer.from('x'), { recipients: [key.recipient] });
    await expect(decryptBytes(keyed, { passphrase: 'right' })).rejects.toMatchObject({
      code: 'wrong_key',
      message: expect.stringContaining('give the backup key'),
    });
  });

  test('spend nothing on a passphrase of an absurd cost', async () => {
    const sealed = await encryptBytes(Buffer.from('x'), { passphrase: 'right', logN: 4 });
    for (const logN of ['21', '40', '99999999999999999999']) {
      const text = sealed.toString('latin1').replace(/^(-> scrypt [^ ]+) 4$/m, `$1 ${logN}`);
      const started = performance.now();
      await expect(decryptBytes(Buffer.from(text, 'latin1'), { passphrase: 'right' })).rejects.toMatchObject({
        code: 'passphrase_too_costly',
      });
      expect(performance.now() - started).toBeLessThan(500);
    }
  });

  test('never quote what was given for an identity', async () => {
    const secret = `${key.identity.slice(0, -1)}!`;
    for (const attempt of [recipientOf(secret), decryptBytes(Buffer.from('x'), { identities: [secret] })]) {
      await expect(attempt).rejects.toMatchObject({ message: expect.not.stringContaining(secret.slice(20)) });
    }
    await expect(
      recipientOf(key.identity.replace(/.$/, (c) => (c === 'Q' ? 'P' : 'Q'))),
    ).rejects.toMatchObject({
      code: 'wrong_key',
    });
  });

  test('name a recipient that is none', async () => {
    await expect(makeAgePrefix(['ssh-ed25519 AAAA'])).rejects.toThrow(/not an age recipient/);
    await expect(makeAgePrefix([])).rejects.toThrow(/at least one recipient/);
  });

  test('meet every changed byte of an age file, header included', async () => {
    const file = await encryptBytes(Buffer.from('sixteen and more bytes'), { recipients: [key.recipient] });
    for (let at = 0; at < file.length; at += 1) {
      const copy = Buffer.from(file);
      copy[at] = (copy[at] ?? 0) ^ (1 << (at % 8));
      await expect(decryptBytes(copy, { identities: [key.identity] })).rejects.toHaveProperty('code');
    }
  });
});

describe('the payload', () => {
  test('is the same sealed in one call or in any pieces, and opens in any pieces', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(300_000),
        fc.nat(),
        fc.integer({ min: 1, max: 150_000 }),
        async (size, salt, longest) => {
          const plain = Buffer.alloc(size, salt);
          const { payloadKey } = await makeAgePrefix([key.recipient]);
          const whole = Buffer.alloc(sealedPayloadBytes(size));
          expect(sealPayload(payloadKey, plain, whole)).toBe(whole.length);
          expect(openedPayloadBytes(whole.length)).toBe(size);

          const sealed: Buffer[] = [];
          const sealer = new PayloadSealer(payloadKey, (piece) => sealed.push(piece));
          for (const piece of piecesOf(plain, randomFrom(salt), longest)) sealer.update(piece);
          sealer.end();
          expect(Buffer.concat(sealed).equals(whole)).toBe(true);

          const opened: Buffer[] = [];
          const opener = new PayloadOpener(payloadKey, (piece) => opened.push(piece));
          for (const piece of piecesOf(whole, randomFrom(salt + 1), longest)) opener.update(piece);
          opener.end();
          expect(Buffer.concat(opened).equals(plain)).toBe(true);
          expect(openPayload(payloadKey, whole).equals(plain)).toBe(true);
        },
      ),
      { seed, numRuns: 60 },
    );
  });

  test('of an impossible length is refused before any work', () => {
    for (const length of [0, 15, AGE_CHUNK_BYTES + 16 + 1, AGE_CHUNK_BYTES + 16 + 15]) {
      expect(() => openedPayloadBytes(length)).toThrow(/cut short/);
    }
  });

  test('takes nothing after its end', async () => {
    const { payloadKey } = await makeAgePrefix([key.recipient]);
    const sealer = new PayloadSealer(payloadKey, () => {});
    sealer.end();
    expect(() => sealer.update(Buffer.from('x'))).toThrow();
    expect(() => sealer.end()).toThrow();
  });
});
