import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { handMadeComponent } from '../../archive/crafted/hand-made-component.ts';
import { makeEngineArchive } from '../../archive/samples/engine-archive.ts';
import { makeSampleArchive, type SampleArchive, sha256 } from '../../archive/samples/sample-archive.ts';
import { holdfast, jsonLines } from '../run-holdfast.ts';

let folder: string;
let sample: SampleArchive;
const PASSPHRASE = 'correct horse battery';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-file-'));
  sample = await makeSampleArchive();
  const sealed = await makeSampleArchive({ passphrase: PASSPHRASE });
  const damaged = Buffer.from(sample.bytes);
  const at = damaged.indexOf('age-encryption.org') + 400;
  damaged[at] = (damaged[at] ?? 0) ^ 1;
  await Promise.all([
    writeFile(join(folder, 'a.tar'), sample.bytes),
    writeFile(join(folder, 'sealed.tar'), sealed.bytes),
    writeFile(join(folder, 'damaged.tar'), damaged),
    writeFile(join(folder, 'cut.tar'), sample.bytes.subarray(0, -512)),
    writeFile(join(folder, 'other.tar'), 'no archive'),
    writeFile(join(folder, 'identity'), `# a key\n${sample.backupKey.identity}\n`, { mode: 0o600 }),
    writeFile(join(folder, 'passphrase'), `${PASSPHRASE}\n`, { mode: 0o600 }),
    writeFile(join(folder, 'wrong'), 'another passphrase\n', { mode: 0o600 }),
  ]);
});
afterAll(() => rm(folder, { recursive: true }));

/** The manifest's hash, as the signature contains it. */
const manifestHash = (bytes: Buffer): string =>
  /"manifestSha256":"([0-9a-f]{64})"/.exec(bytes.subarray(-2048).toString('latin1'))?.[1] ?? '';

const backup = (...args: string[]) => holdfast(['backup', ...args], { cwd: folder });

describe('backup inspect --file', () => {
  test('tells what an archive is, without a key and without a server [C11]', async () => {
    const { code, out, err } = await backup('inspect', '--file', 'a.tar');
    expect(code).toBe(0);
    expect(err).toMatch(/"holdfast recover-script": whoever made the archive wrote its RECOVER\.md\.$/m);
    expect(out).toContain(`backup        ${sample.head.backupId}\n`);
    expect(out).toContain('signature     valid; compare the verify key');
    expect(out).toContain(`verify key    ${sample.signing.verifyKey}\n`);
    expect(out).toMatch(/^database +postgres +complete/m);
    const json = jsonLines((await backup('inspect', '--file', 'a.tar', '--json')).out);
    expect(json).toEqual([
      expect.objectContaining({
        type: 'result',
        backupId: sample.head.backupId,
        signature: 'valid-unknown-signer',
        archiveBytes: sample.bytes.length,
        productVersion: '0.1.0',
      }),
    ]);
  });

  test('tells every fact of it, in words and as JSON [C11]', async () => {
    const { out } = await backup('inspect', '--file', 'a.tar');
    const { manifestSha256, keyId } = { manifestSha256: manifestHash(sample.bytes), keyId: 'backup-key-1' };
    for (const [name, value] of [
      ['description', sample.head.description],
      ['scope', 'system'],
      ['created', '2026-11-20T03:00:00Z by ops@example.com'],
      ['format', '1'],
      ['product', 'Holdfast 0.1.0'],
      ['encryption', 'key'],
      ['key', keyId],
      ['tied to HSM', 'no'],
      [
        'checksum',
        `${manifestSha256} (SHA-256 of manifest.json, which has the SHA-256 of each member; not of the whole file)`,
      ],
    ] as const) {
      const [, shown] = new RegExp(`^${name} {2,}(.*)$`, 'm').exec(out) ?? [];
      expect([name, shown]).toEqual([name, value]);
    }
    const [json] = jsonLines((await backup('inspect', '--file', 'a.tar', '--json')).out);
    const { backupId, createdAt, createdBy, description, scope, domain, productVersion } = sample.head;
    expect(json).toMatchObject({
      backupId,
      createdAt,
      createdBy,
      description,
      scope,
      domain,
      productVersion,
    });
    expect(json).toMatchObject({ format: 1, encryption: { mode: 'key', keyId }, manifestSha256 });
  });

  test('says that it has not read the members: a changed one is for verify to find [C11] [B8]', async () => {
    const { code, out } = await backup('inspect', '--file', 'damaged.tar');
    expect([code, out]).toEqual([
      0,
      expect.stringMatching(/^signature .*members were not read \(backup verify reads them\)$/m),
    ]);
    expect((await backup('verify', '--file', 'damaged.tar')).code).toBe(1);
  });

  test('what is missing or no archive is said', async () => {
    expect((await backup('inspect', '--file', 'none.tar')).code).toBe(4);
    const other = await backup('inspect', '--file', 'other.tar', '--json');
    expect(other.code).toBe(1);
    expect(jsonLines(other.err)).toEqual([expect.objectContaining({ type: 'error', exitCode: 1 })]);
  });
});

describe('backup verify --file', () => {
  test('reads all of an archive and finds it whole [U9]', async () => {
    const { code, out } = await backup('verify', '--file', 'a.tar');
    expect(code).toBe(0);
    expect(out).toContain('a.tar is whole');
    expect(out).toContain(`sha256     ${sha256(sample.bytes)}\n`);
  });

  test('finds damage and cuts [U9] [B8]', async () => {
    const damaged = await backup('verify', '--file', 'damaged.tar', '--json');
    expect([damaged.code, damaged.out]).toEqual([1, '']);
    expect(jsonLines(damaged.err).at(-1)).toEqual(expect.objectContaining({ code: 'archive_damaged' }));
    const cut = await backup('verify', '--file', 'cut.tar');
    expect([cut.code, cut.out]).toEqual([1, '']);
  });

  test('accepts only the signer that is asked for [B8]', async () => {
    const key = sample.signing.verifyKey;
    expect((await backup('verify', '--file', 'a.tar', '--verify-key', key)).code).toBe(0);
    const other = Buffer.alloc(32, 7).toString('base64');
    expect((await backup('verify', '--file', 'a.tar', '--verify-key', other)).code).toBe(5);
  });

  test('goes inside with the key or the passphrase, and says 12 for a wrong one', async () => {
    const deep = ['verify', '--deep', '--file'];
    expect((await backup(...deep, 'sealed.tar', '--passphrase-file', 'wrong')).code).toBe(12);
    expect((await backup(...deep, 'sealed.tar', '--passphrase-file', 'passphrase')).code).toBe(0);
    expect((await backup(...deep, 'a.tar')).code).toBe(2);
    const { code, out } = await backup(...deep, 'a.tar', '--identity-file', 'identity');
    expect([code, out]).toEqual([0, expect.stringContaining('decrypted and decompressed')]);
  }, 30_000);

  test('checks a part of it', async () => {
    expect((await backup('verify', '--file', 'a.tar', '--subset', '2/2')).code).toBe(0);
    expect((await backup('verify', '--file', 'a.tar', '--subset', '3/2')).code).toBe(2);
  });
});

test('of a signer who is not named, no more is opened than an archive of ordinary size needs [B8]', async () => {
  const MIB = 1024 * 1024;
  const component = handMadeComponent([{ path: 'big', content: Buffer.alloc(33 * MIB) }]);
  const { bytes, identity, archive } = await makeEngineArchive({ files: component }, 64 * MIB);
  const { verifyKey } = archive.signature;
  await writeFile(join(folder, 'large.tar'), bytes);
  await writeFile(join(folder, 'large-identity'), `${identity}\n`, { mode: 0o600 });
  const keyed = ['--file', 'large.tar', '--identity-file', 'large-identity'];
  for (const work of [
    ['verify', '--deep'],
    ['extract', 'big', '--output', 'large'],
  ]) {
    const refused = await backup(...work, ...keyed);
    expect([refused.code, refused.out]).toEqual([5, '']);
    expect(refused.err).toContain('name it with --verify-key');
    expect((await backup(...work, ...keyed, '--verify-key', verifyKey)).code).toBe(0);
  }
}, 60_000);
