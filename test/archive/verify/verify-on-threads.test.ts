/** The pool's threads verify an archive in a local file, with the same result as without threads. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, open, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { BLOCK_BYTES } from '../../../lib/archive/layout/outer-tar.ts';
import { openFileSource } from '../../../lib/archive/reader/byte-source.ts';
import { type OpenedArchive, openArchive } from '../../../lib/archive/reader/open.ts';
import { SegmentPool } from '../../../lib/archive/threads/segment-pool.ts';
import { type VerifyProgress, verifyArchive } from '../../../lib/archive/verify/verify.ts';
import { listedSegment } from '../crafted/hand-made-component.ts';
import { makeSampleArchive, type SampleArchive, sha256 } from '../samples/sample-archive.ts';

jest.setTimeout(60_000);

const pool = new SegmentPool({ size: 2 });
let made: SampleArchive;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-verify-'));
  const segments = Array.from({ length: 9 }, (_, n) =>
    listedSegment([{ path: `f${n}`, content: randomBytes(50_000 + n) }], {
      segment: n + 1,
      endsTar: n === 8,
    }),
  );
  made = await makeSampleArchive({
    components: {
      files: {
        segments: segments.map(({ plain }) => plain),
        contents: [segments.flatMap(({ listed }) => listed)],
      },
    },
  });
});
afterAll(async () => {
  await pool.close();
  await rm(folder, { recursive: true });
});

/** Opens the sample from a file; `work` may change the file afterwards. */
const withArchive = async (
  work: (archive: OpenedArchive, path: string) => Promise<void>,
  harm: (path: string, archive: OpenedArchive) => Promise<void> = async () => {},
): Promise<void> => {
  const path = join(folder, 'archive');
  await writeFile(path, made.bytes);
  await using source = await openFileSource(path);
  const archive = await openArchive(source, { trust: made.trust });
  await harm(path, archive);
  await work(archive, path);
};

const flip = async (path: string, at: number): Promise<void> => {
  const file = await open(path, 'r+');
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, at);
  await file.write(Buffer.of((buffer[0] ?? 0) ^ 1), 0, 1, at);
  await file.close();
};

const SEGMENT = 'components/files/00000005.tar.zst.age';

describe('verification on threads', () => {
  test('finds a sound archive good, tells how far it is, and hashes the file beside it [U9] [B3]', () =>
    withArchive(async (archive) => {
      const progress: VerifyProgress[] = [];
      const done = await verifyArchive(archive, {
        pool,
        wholeFile: true,
        onProgress: (at) => progress.push(at),
      });
      expect(done).toEqual({
        membersVerified: archive.members.length,
        membersTotal: archive.members.length,
        bytesVerified: made.bytes.length,
        archiveBytes: made.bytes.length,
        sha256: sha256(made.bytes),
      });
      expect(progress.map(({ member }) => member).sort()).toEqual(
        archive.members.map(({ name }) => name).sort(),
      );
      expect(progress.at(-1)?.bytesDone).toBe(progress.at(-1)?.bytesTotal);
    }));

  test('decrypts and decompresses when it is given the key [U9]', () =>
    withArchive(async (archive) => {
      const { identity } = made.archiveKey;
      await expect(verifyArchive(archive, { pool, identity })).resolves.toMatchObject({
        bytesVerified: made.bytes.length,
      });
      const { identity: other } = (await makeSampleArchive({ components: {} })).archiveKey;
      await expect(verifyArchive(archive, { pool, identity: other })).rejects.toMatchObject({
        code: 'wrong_key',
      });
    }));

  test.each<[string, (archive: OpenedArchive) => number]>([
    ['first byte', (archive) => archive.member(SEGMENT).offset],
    ['last byte', (archive) => archive.member(SEGMENT).offset + archive.member(SEGMENT).size - 1],
    ['header', (archive) => archive.member(SEGMENT).offset - BLOCK_BYTES + 3],
    ['padding', (archive) => archive.member(SEGMENT).offset + archive.member(SEGMENT).size],
  ])('names the member whose %s was changed, with a key and without', async (_, placeIn) => {
    for (const identity of [undefined, made.archiveKey.identity])
      await withArchive(
        async (archive) => {
          const options = { pool, ...(identity === undefined ? { wholeFile: true } : { identity }) };
          await expect(verifyArchive(archive, options)).rejects.toMatchObject({
            code: 'archive_damaged',
            message: expect.stringContaining(SEGMENT),
          });
        },
        (path, archive) => flip(path, placeIn(archive)),
      );
  });

  test('says that a file was cut while it was read', () =>
    withArchive(
      async (archive) => {
        await expect(verifyArchive(archive, { pool, wholeFile: true })).rejects.toMatchObject({
          code: 'archive_cut',
        });
      },
      (path, archive) => truncate(path, archive.member(SEGMENT).offset + 10),
    ));

  test('stops when it is told to, and leaves the threads free', () =>
    withArchive(async (archive) => {
      const controller = new AbortController();
      const reason = new Error('enough');
      const verifying = verifyArchive(archive, {
        pool,
        wholeFile: true,
        signal: controller.signal,
        onProgress: () => controller.abort(reason),
      });
      await expect(verifying).rejects.toBe(reason);
      await expect(verifyArchive(archive, { pool })).resolves.toMatchObject({
        membersVerified: archive.members.length,
      });
    }));
});
