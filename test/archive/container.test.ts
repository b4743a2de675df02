import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { unsealArchiveKey } from '../../lib/archive/keys/archive-key.ts';
import { generateSigningKey } from '../../lib/archive/keys/signature.ts';
import { bytesSource, openFileSource } from '../../lib/archive/reader/byte-source.ts';
import { inspectArchive } from '../../lib/archive/reader/inspect.ts';
import { openArchive } from '../../lib/archive/reader/open.ts';
import { verifyArchive } from '../../lib/archive/verify/verify.ts';
import { makeTail } from '../../lib/archive/writer/tail.ts';
import { testWith } from '../tools/debian-tools.ts';
import { makeSampleArchive, type SampleArchive, sha256, signerOf } from './samples/sample-archive.ts';

jest.setTimeout(60_000);

let sample: SampleArchive;
let folder: string;
let file: string;
beforeAll(async () => {
  sample = await makeSampleArchive({ log: 'started\nended\n' });
  folder = mkdtempSync(join(tmpdir(), 'holdfast-container-'));
  file = join(folder, 'sample.hfa');
  writeFileSync(file, sample.bytes);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const names = [
  'holdfast.json',
  'RECOVER.md',
  'components/database/00000001.database.dump.zst.age',
  'components/database/00000002.database.dump.zst.age',
  'contents/database/00000001.jsonl.zst.age',
  'components/notes/00000001.tar.zst.age',
  'contents/notes/00000001.jsonl.zst.age',
  'backup.log.age',
  'key.age',
  'manifest.json',
  'manifest.sig',
];

describe('an archive', () => {
  testWith('tar')('is a tar to stock tools, its members in the order of the format [U4] [U9]', () => {
    const listing = execFileSync('tar', ['--numeric-owner', '--full-time', '--utc', '-tvf', file], {
      encoding: 'utf8',
    });
    const lines = listing.trim().split('\n');
    expect(lines.map((line) => line.split(/\s+/)[5])).toEqual(names);
    for (const line of lines) {
      expect(line).toMatch(/^-rw-r--r-- 0\/0 +[0-9]+ 2026-11-20 03:00:00 /);
    }
  });

  testWith('tar')('is byte for byte what GNU tar reads back [U9]', () => {
    for (const member of sample.members) {
      const bytes = execFileSync('tar', ['-xOf', file, member.name]);
      expect({ name: member.name, size: bytes.length, sha256: sha256(bytes) }).toEqual({
        name: member.name,
        size: member.size,
        sha256: member.sha256,
      });
    }
  });

  testWith('tar')('has room for the longest names of components and streams', async () => {
    const id = 'c'.repeat(63);
    const stream = 's'.repeat(41);
    const long = await makeSampleArchive({
      components: { [id]: { stream, segments: [Buffer.from('x')], contents: [[]] } },
    });
    const opened = await openArchive(bytesSource(long.bytes), { trust: long.trust });
    await verifyArchive(opened);
    const listed = execFileSync('tar', ['-tf', '-'], { input: long.bytes, encoding: 'utf8' }).split('\n');
    expect(listed).toContain(`components/${id}/00000001.${stream}.zst.age`);
    expect(listed.slice(0, -3)).toEqual(opened.members.map(({ name }) => name));
  });

  test('keeps its signature in its last 2,048 bytes, and nothing after it', () => {
    expect(sample.bytes.subarray(-2048, -2036).toString()).toBe('manifest.sig');
    expect(sample.bytes.subarray(-1024).every((byte) => byte === 0)).toBe(true);
  });

  test('opens by two reads from its end, without a key [C11]', async () => {
    const reads: [number, number][] = [];
    const inner = bytesSource(sample.bytes);
    const source = {
      size: inner.size,
      read: (offset: number, length: number) => {
        reads.push([offset, length]);
        return inner.read(offset, length);
      },
    };
    const opened = await openArchive(source, { trust: sample.trust });
    expect(reads).toHaveLength(2);
    expect(Math.min(...reads.map(([offset]) => offset))).toBeGreaterThan(sample.bytes.length / 2);
    expect(opened.manifest.backupId).toBe(sample.head.backupId);
    expect(opened.segments('database')).toHaveLength(2);
    expect(opened.contents('notes')).toHaveLength(1);
  });

  test('says what it has not', async () => {
    const opened = await openArchive(bytesSource(sample.bytes), { trust: sample.trust });
    await expect(opened.readMember('components/x')).rejects.toMatchObject({ code: 'not_in_archive' });
    expect(() => opened.segments('toString')).toThrow(/no component toString; it has database, notes/);
  });

  test('reads the same from a file as from memory', async () => {
    await using source = await openFileSource(file);
    const opened = await openArchive(source, { trust: sample.trust });
    expect(await opened.readMember('key.age')).toEqual(sample.sealedKey);
    const { bytesVerified, membersVerified } = await verifyArchive(opened);
    expect({ bytesVerified, membersVerified }).toEqual({
      bytesVerified: sample.bytes.length,
      membersVerified: 9,
    });
  });

  testWith('openssl')('is signed so that openssl can check it [B8]', () => {
    const { manifest, signature } = endOf(sample.bytes);
    const raw = Buffer.from(signature.verifyKey, 'base64');
    writeFileSync(
      join(folder, 'key.der'),
      Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), raw]),
    );
    writeFileSync(join(folder, 'signature.bin'), Buffer.from(signature.signature, 'base64'));
    const { signature: _, ...statement } = signature;
    const check = (signed: unknown): string => {
      writeFileSync(join(folder, 'statement'), `${JSON.stringify(signed)}\n`);
      return execFileSync(
        'openssl',
        ['pkeyutl', '-verify', '-rawin', '-in', 'statement', '-sigfile', 'signature.bin'].concat([
          '-pubin',
          '-keyform',
          'DER',
          '-inkey',
          'key.der',
        ]),
        { cwd: folder, encoding: 'utf8', stdio: 'pipe' },
      );
    };
    expect(statement.manifestSha256).toBe(sha256(manifest));
    expect(check(statement)).toContain('Signature Verified Successfully');
    expect(() => check({ ...statement, manifestBytes: statement.manifestBytes + 1 })).toThrow();
  });

  test('is signed by a message that a key service takes, however long the manifest', async () => {
    const signed: number[] = [];
    const { head, components, members, sealedKey, signing } = await makeSampleArchive({
      components: { many: { segments: Array.from({ length: 40 }, () => Buffer.from('x')), contents: [[]] } },
    });
    const signer = signerOf(signing);
    const tail = await makeTail(
      {
        head,
        completedAt: head.createdAt,
        encryption: { mode: 'key', keyId: 'k' },
        components,
        members,
        sealedKey,
      },
      {
        ...signer,
        sign: (message) => {
          signed.push(message.length);
          return signer.sign(message);
        },
      },
    );
    expect(tail.bytes.length).toBeGreaterThan(8192);
    expect(signed).toHaveLength(1);
    expect(signed[0]).toBeLessThan(512);
  });
});

/** Finds the end of an archive as a reader without our code would. */
const endOf = (bytes: Buffer) => {
  const size = Number.parseInt(bytes.subarray(-2048 + 124, -2048 + 135).toString(), 8);
  const signature = JSON.parse(bytes.subarray(-1536, -1536 + size).toString());
  const start = bytes.length - 2048 - Math.ceil(signature.manifestBytes / 512) * 512;
  return { signature, manifest: bytes.subarray(start, start + signature.manifestBytes) };
};

describe('inspection', () => {
  test('needs no key, and tells whose signature it is [C11] [B8]', async () => {
    const source = bytesSource(sample.bytes);
    expect(await inspectArchive(source, { trust: sample.trust })).toMatchObject({
      signature: 'valid-trusted',
    });
    const stranger = await inspectArchive(source, { trust: () => false });
    expect(stranger).toMatchObject({
      signature: 'valid-unknown-signer',
      verifyKey: sample.signing.verifyKey,
      archiveBytes: sample.bytes.length,
      manifest: {
        productVersion: '0.1.0',
        scope: 'system',
        encryption: { mode: 'key', keyId: 'backup-key-1' },
      },
    });
  });

  test('says that a signature is invalid, and still shows what the archive claims [B8]', async () => {
    const forged = Buffer.from(sample.bytes);
    const at = forged.lastIndexOf('"createdBy":"ops@');
    forged.write('"createdBy":"eve@', at);
    const inspected = await inspectArchive(bytesSource(forged), { trust: sample.trust });
    expect(inspected).toMatchObject({ signature: 'invalid', manifest: { createdBy: 'eve@example.com' } });
    await expect(openArchive(bytesSource(forged), { trust: sample.trust })).rejects.toMatchObject({
      code: 'archive_signature_invalid',
    });
  });
});

describe('another key', () => {
  test('rewrites the tail and nothing before it [B10]', async () => {
    const opened = await openArchive(bytesSource(sample.bytes), { trust: sample.trust });
    const sealedKey = Buffer.from('as another key service would give it');
    const tail = await makeTail(
      {
        head: opened.manifest,
        completedAt: opened.manifest.completedAt,
        encryption: { mode: 'hsm', keyId: 'arn:aws:kms:eu-central-1:111122223333:key/k' },
        components: opened.manifest.components,
        members: opened.manifest.members.slice(0, -1),
        sealedKey,
      },
      signerOf(sample.signing),
    );
    const resealed = Buffer.concat([sample.bytes.subarray(0, tail.offset), tail.bytes]);
    expect(resealed.length).toBe(tail.archiveBytes);
    const again = await openArchive(bytesSource(resealed), { trust: sample.trust });
    expect(await again.readMember('key.kms')).toEqual(sealedKey);
    await verifyArchive(again);
  });

  test.each([
    ['under a backup key', undefined, false],
    ['under a passphrase [U6] [T3]', 'correct horse battery', false],
    ['under a post-quantum backup key [B19]', undefined, true],
  ])('seals the archive key %s', async (_, passphrase, postQuantum) => {
    const made = await makeSampleArchive({
      ...(passphrase === undefined ? {} : { passphrase }),
      postQuantum,
    });
    const opened = await openArchive(bytesSource(made.bytes), { trust: made.trust });
    const sealed = await opened.readMember('key.age');
    const open = passphrase === undefined ? { identities: [made.backupKey.identity] } : { passphrase };
    const { archiveKey } = opened.manifest;
    expect(await unsealArchiveKey(sealed, open, archiveKey)).toBe(made.archiveKey.identity);
    const wrong =
      passphrase === undefined ? { identities: [made.archiveKey.identity] } : { passphrase: 'incorrect' };
    await expect(unsealArchiveKey(sealed, wrong, archiveKey)).rejects.toMatchObject({
      code: passphrase === undefined ? 'wrong_key' : 'wrong_passphrase',
    });
    await expect(unsealArchiveKey(sealed, open, sample.archiveKey.recipient)).rejects.toMatchObject({
      code: 'archive_damaged',
    });
  });

  test('is not taken from a signer whose two keys do not belong together', async () => {
    const signer = { ...signerOf(sample.signing), verifyKey: generateSigningKey().verifyKey };
    const { head, components, members, sealedKey } = sample;
    const encryption = { mode: 'key', keyId: 'k' } as const;
    const input = { head, completedAt: head.createdAt, encryption, components, members, sealedKey };
    await expect(makeTail(input, signer)).rejects.toThrow(/are not of one pair/);
  });
});
