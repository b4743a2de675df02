import { execFileSync, spawnSync } from 'node:child_process';
import { createHash, randomInt } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type AgeKeyPair, encryptBytes, generateBackupKey } from '../../../lib/archive/age/age-header.ts';
import {
  type KeyFileFacts,
  openKeyFile,
  readKeyFile,
  sealKeyFile,
} from '../../../lib/archive/keys/backup-key-file.ts';
import { testWith } from '../../tools/debian-tools.ts';

const password = 'correct horse battery';
let pair: AgeKeyPair;
let facts: KeyFileFacts;
let file: string;
const folder = mkdtempSync(join(tmpdir(), 'holdfast-key-file-'));

beforeAll(async () => {
  pair = await generateBackupKey();
  facts = {
    format: 1,
    keyId: 'key-6f9619ff-8b86-4011-b42d-00c04fc964ff',
    scope: 'domain',
    domain: 'blue',
    createdAt: '2026-11-20T03:00:00.250Z',
    hint: 'the cat’s name\nand "{" the year',
    installation: 'acme',
    verifyKey: Buffer.alloc(32, 7).toString('base64'),
    recipient: pair.recipient,
  };
  file = await sealKeyFile(facts, pair.identity, password);
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/**
 * A forgery by somebody without the password: changed facts or another age file, with a matching checksum.
 */
const withChecksum = (line: object, armoured: string): string => {
  const [first = '', second = ''] = file.split('\n');
  const checksum = createHash('sha256')
    .update(`${JSON.stringify(line)}\n${armoured}`)
    .digest('hex');
  return `${first}\n${second}\n${JSON.stringify({ ...line, checksum })}\n${armoured}`;
};
const armouredPart = (text: string): string => text.slice(text.indexOf('-----BEGIN'));

const codeOf = (text: string): string => {
  try {
    readKeyFile(text);
    return 'accepted';
  } catch (thrown) {
    return String(Object(thrown).code);
  }
};

describe('a key file [C10]', () => {
  test('says what it is without the password, and gives the key with it', async () => {
    const read = readKeyFile(file);
    expect(read.facts).toEqual(facts);
    expect(await openKeyFile(read, password)).toBe(pair.identity);
    expect(file).not.toContain('AGE-SECRET-KEY');
  }, 60_000);

  testWith('age', 'script')(
    'opens an archive’s key in Debian’s age, by the command that stands in it [B5]',
    async () => {
      writeFileSync(join(folder, 'THIS-FILE'), file);
      writeFileSync(
        join(folder, 'key.age'),
        await encryptBytes(Buffer.from('the archive’s key\n'), { recipients: [pair.recipient] }),
      );
      const command = /^# To open an archive without Holdfast: {2}(.*)$/m.exec(file)?.[1] ?? '';
      expect(command).toMatch(/^age -d -i /);
      // age asks for a passphrase only on a terminal; script(1) provides one.
      writeFileSync(join(folder, 'open.sh'), command);
      execFileSync('script', ['-qec', 'bash open.sh', '/dev/null'], {
        cwd: folder,
        input: `${password}\n`,
        stdio: ['pipe', 'ignore', 'ignore'],
      });
      const opened = spawnSync('cat', [join(folder, 'archive.identity')], { encoding: 'utf8' });
      expect(opened.stdout).toBe('the archive’s key\n');
    },
    60_000,
  );

  test('with any byte changed is refused before a password is asked for', () => {
    const seed = randomInt(2 ** 31);
    const bytes = Buffer.from(file);
    const answers = new Map<string, number>();
    for (let at = 0; at < bytes.length; at++) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ (1 << ((seed + at) % 7));
      const code = codeOf(changed.toString());
      answers.set(code, (answers.get(code) ?? 0) + 1);
      if (!/^key_file_/.test(code)) throw new Error(`byte ${at}, seed ${seed}: ${code}`);
    }
    expect([...answers.keys()]).toEqual(
      expect.arrayContaining(['key_file_damaged', 'key_file_not_recognised']),
    );
    expect(answers.get('key_file_damaged')).toBeGreaterThan(bytes.length * 0.9);
  });

  test('cut anywhere, or lengthened, is refused as such', () => {
    for (let length = 1; length < file.length; length++)
      expect([length, codeOf(file.slice(0, length))]).toEqual([length, 'key_file_cut']);
    for (const more of ['\n', ' ', 'x', file]) expect(codeOf(file + more)).toBe('key_file_damaged');
    expect(codeOf('')).toBe('key_file_not_recognised');
    expect(codeOf('AGE-SECRET-KEY-1...')).toBe('key_file_not_recognised');
  });

  test('of a newer format says so', () => {
    const newer = withChecksum({ ...facts, format: 2, more: true }, armouredPart(file));
    expect(codeOf(newer)).toBe('key_file_format_unsupported');
    expect(() => readKeyFile(newer)).toThrow(/format 2.*reads format 1/);
  });

  test('with another work factor, or for a recipient, is none: no password is tried on it', async () => {
    const { armor } = await import('age-encryption');
    const cheap = await encryptBytes(Buffer.from('x'), { passphrase: password, logN: 4 });
    const forRecipient = await encryptBytes(Buffer.from('x'), { recipients: [pair.recipient] });
    for (const sealed of [cheap, forRecipient])
      expect(codeOf(withChecksum(facts, armor.encode(sealed)))).toBe('key_file_damaged');
  });

  test('answers the same to a wrong password and to whatever was forged, after the same time', async () => {
    const other = await generateBackupKey();
    const another = armouredPart(
      await sealKeyFile({ ...facts, recipient: other.recipient }, other.identity, password),
    );
    const forged = [
      [file, 'wrong horse battery'],
      [withChecksum({ ...facts, scope: 'system' }, armouredPart(file)), password],
      [
        withChecksum({ ...facts, verifyKey: Buffer.alloc(32, 8).toString('base64') }, armouredPart(file)),
        password,
      ],
      [withChecksum(facts, another), password],
    ] as const;
    const times: number[] = [];
    for (const [text, tried] of forged) {
      const read = readKeyFile(text);
      const begun = performance.now();
      await expect(openKeyFile(read, tried)).rejects.toMatchObject({
        code: 'wrong_passphrase',
        message: 'this password does not open the key file',
      });
      times.push(performance.now() - begun);
    }
    // scrypt takes nearly all of the time, and its speed depends on the machine; the later steps take about a
    // thousandth.
    expect(Math.min(...times)).toBeGreaterThan(100);
    expect(Math.max(...times) / Math.min(...times)).toBeLessThan(5);
  }, 120_000);

  test('holds a post-quantum key too [B19]', async () => {
    const hybrid = await generateBackupKey({ postQuantum: true });
    const text = await sealKeyFile({ ...facts, recipient: hybrid.recipient }, hybrid.identity, password);
    const read = readKeyFile(text);
    expect(read.facts.recipient).toMatch(/^age1pq1/);
    expect(await openKeyFile(read, password)).toBe(hybrid.identity);
  }, 60_000);

  test('is not made for a key that is not its recipient’s', async () => {
    const other = await generateBackupKey();
    await expect(sealKeyFile(facts, other.identity, password)).rejects.toThrow(TypeError);
  });
});
