import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import * as z from 'zod';
import { decryptBytes } from '../../lib/archive/age/age-header.ts';
import { extractStream } from '../../lib/archive/extract/extract-stream.ts';
import { extractTar } from '../../lib/archive/extract/extract-tar.ts';
import { requireArchiveKey, unsealArchiveKey } from '../../lib/archive/keys/archive-key.ts';
import { bytesSource } from '../../lib/archive/reader/byte-source.ts';
import { iterateContents } from '../../lib/archive/reader/contents-pages.ts';
import { type OpenedArchive, openArchive } from '../../lib/archive/reader/open.ts';
import { SegmentPool } from '../../lib/archive/threads/segment-pool.ts';
import { verifyArchive } from '../../lib/archive/verify/verify.ts';
import { treeListing } from './samples/sample-tree.ts';

jest.setTimeout(60_000);
const fixtures = join(import.meta.dirname, '../fixtures/archive-v1');
const golden = z
  .object({
    verifyKey: z.string(),
    identities: z.record(z.string(), z.string()),
    passphrase: z.string(),
    sha256: z.record(z.string(), z.string()),
    stream: z.object({ bytes: z.number(), sha256: z.string() }),
    tree: z.array(z.object({ path: z.string(), type: z.string() }).loose()),
  })
  .parse(JSON.parse(readFileSync(join(fixtures, 'golden.json'), 'utf8')));

const identityOf = async (archive: OpenedArchive): Promise<string> => {
  const { encryption, archiveKey } = archive.manifest;
  const identities = [golden.identities[encryption.keyId ?? ''] ?? ''];
  switch (encryption.mode) {
    case 'key':
      return unsealArchiveKey(await archive.readMember('key.age'), { identities }, archiveKey);
    case 'passphrase':
      return unsealArchiveKey(
        await archive.readMember('key.age'),
        { passphrase: golden.passphrase },
        archiveKey,
      );
    case 'hsm': {
      const opened = await decryptBytes(await archive.readMember('key.kms'), { identities });
      return requireArchiveKey(opened.toString().trim(), archiveKey);
    }
  }
};

const names = Object.keys(golden.sha256);

test('the golden archives of format 1 are all here', () => {
  expect(names.sort()).toEqual(['hsm.hfa', 'key.hfa', 'passphrase.hfa', 'post-quantum.hfa', 'run-on.hfa']);
});

describe.each(names)('the golden archive %s', (name) => {
  const bytes = readFileSync(join(fixtures, name));
  const pool = new SegmentPool({ size: 2 });
  let folder: string;
  let archive: OpenedArchive;
  let identity: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'holdfast-golden-'));
    archive = await openArchive(bytesSource(bytes), { trust: (key) => key === golden.verifyKey });
    identity = await identityOf(archive);
  });
  afterAll(async () => {
    await pool.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test('is the one that was frozen', () => {
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(golden.sha256[name]);
  });

  test('verifies, inside too', async () => {
    await expect(verifyArchive(archive, { identity, wholeFile: true })).resolves.toMatchObject({
      sha256: golden.sha256[name],
    });
  });

  test('lists what is in it', async () => {
    const listed = new Map<string, string>();
    for await (const { path, pathBase64, type } of iterateContents(archive, identity, 'files')) {
      const name = Buffer.from(pathBase64 ?? path, pathBase64 === undefined ? 'utf8' : 'base64').toString(
        'latin1',
      );
      listed.set(name, type === 'hardlink' ? 'file' : type);
    }
    listed.delete('.');
    expect([...listed].sort()).toEqual(golden.tree.map(({ path, type }) => [path, type]).sort());
  });

  test('restores to what it was made of', async () => {
    const target = join(folder, 'files');
    await extractTar({
      archive,
      component: 'files',
      identity,
      pool,
      target,
      existing: 'refuse',
      restoreId: 'golden',
    });
    expect(treeListing(target)).toEqual(golden.tree);
  });

  test('gives its stream', async () => {
    const hash = createHash('sha256');
    let size = 0;
    for await (const piece of extractStream({ archive, component: 'database', identity, pool })) {
      hash.update(piece);
      size += piece.length;
    }
    expect({ bytes: size, sha256: hash.digest('hex') }).toEqual(golden.stream);
  });
});
