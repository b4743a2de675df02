import { randomBytes, randomUUID } from 'node:crypto';
import { crc32 } from 'node:zlib';
import {
  CreateBucketCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { crc32AsS3 } from '../../../../lib/adapters/aws/s3/crc32-of-whole.ts';
import { s3Limits } from '../../../../lib/adapters/aws/s3/multipart-plan.ts';
import { S3ObjectStore } from '../../../../lib/adapters/aws/store/s3-object-store.ts';
import type { Piece } from '../../../../lib/model/records/capture.ts';
import type { Logger } from '../../../../lib/ports/logger.ts';
import type { Part } from '../../../../lib/ports/object-store.ts';
import { describeObjectStore } from '../../../contract/object-store.ts';
import { clientConfig } from '../../../emulators/credentials.ts';
import { startMinistack } from '../../../emulators/ministack.ts';
import type { Emulator } from '../../../emulators/run-emulator.ts';
import { startVersitygw } from '../../../emulators/versitygw.ts';

const MIB = 1024 * 1024;

describe.each([
  ['versitygw', startVersitygw],
  ['MiniStack', startMinistack],
] as const)('%s', (name, start) => {
  let emulator: Emulator;
  let client: S3Client;
  beforeAll(async () => {
    emulator = await start();
    client = new S3Client({ ...clientConfig(emulator.endpoint), forcePathStyle: true });
  });
  afterAll(async () => {
    client.destroy();
    await emulator.stop();
  });

  const newBucket = async (): Promise<string> => {
    const Bucket = `b-${randomUUID()}`;
    await client.send(new CreateBucketCommand({ Bucket }));
    return Bucket;
  };
  const newStore = async (limits = s3Limits, log: Pick<Logger, 'warn'> = { warn: () => undefined }) => {
    const [bucket, other] = [await newBucket(), await newBucket()];
    const otherPlace = `s3://${other}/some/where`;
    return {
      store: new S3ObjectStore({ client, bucket, backupPaths: [otherPlace], limits, log }),
      bucket,
      other,
      otherPlace,
    };
  };

  describeObjectStore(`S3 on ${name}`, async () => ({ ...(await newStore()), close: async () => undefined }));

  describe('the S3 store', () => {
    const readAll = async (store: S3ObjectStore, key: string): Promise<Buffer> => {
      const chunks: Uint8Array[] = [];
      for await (const chunk of store.stream(key)) chunks.push(chunk);
      return Buffer.concat(chunks);
    };
    const put = async (store: S3ObjectStore, uploadId: string, contents: readonly Buffer[]) => {
      const pieces: Piece[] = [];
      for (const [i, content] of contents.entries())
        pieces.push(await store.putPiece(uploadId, `components/a/${i}`, [content]));
      return pieces.map((piece): Part => ({ piece }));
    };
    const keysOf = async (Bucket: string): Promise<string[]> => {
      const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket }));
      return Contents.map(({ Key = '' }) => Key);
    };
    const multipartsOf = async (Bucket: string): Promise<number> => {
      const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket }));
      return Uploads.length;
    };

    describe('knowing what was captured', () => {
      const contents = [randomBytes(6 * MIB), randomBytes(7 * MIB)];
      const opened = async (pieces: readonly Buffer[]) => {
        const warnings: string[] = [];
        const made = await newStore(s3Limits, { warn: (text) => warnings.push(text) });
        const key = made.store.locate('summed.tar');
        await made.store.open('up', key);
        return { ...made, key, parts: await put(made.store, 'up', pieces), warnings };
      };
      /** Replaces a piece by as many other bytes; returns the whole that joining then gives. */
      const change = async (bucket: string, part: Part | undefined, content: Buffer): Promise<Buffer> => {
        if (part === undefined || !('piece' in part)) throw new Error('no piece');
        const body = Buffer.from(content);
        body.writeUInt8(body.readUInt8(50) ^ 1, 50);
        await client.send(new PutObjectCommand({ Bucket: bucket, Key: String(part.piece.at), Body: body }));
        return body;
      };

      test('proves what it joined by a checksum of the whole [B3]', async () => {
        const { store, bucket, key, parts, warnings } = await opened(contents);
        await store.compose('up', key, [...parts, { bytes: Buffer.from('end') }], { overwrite: false });
        const whole = Buffer.concat([...contents, Buffer.from('end')]);
        const { ChecksumCRC32, ChecksumType } = await client.send(
          new HeadObjectCommand({ Bucket: bucket, Key: 'archives/summed.tar', ChecksumMode: 'ENABLED' }),
        );
        expect(warnings).toEqual([]);
        expect(ChecksumType).toBe('FULL_OBJECT');
        expect(ChecksumCRC32).toBe(crc32AsS3(crc32(whole)));
        expect(await readAll(store, key)).toEqual(whole);
      });

      test.each([
        ['in parts', contents],
        ['in one', [randomBytes(1000)]],
      ])('says so when a piece is not what was put, and joins what is there: %s', async (_, pieces) => {
        const { store, bucket, key, parts, warnings } = await opened(pieces);
        const [first = Buffer.alloc(0), ...others] = pieces;
        const changed = await change(bucket, parts[0], first);
        await store.compose('up', key, parts, { overwrite: false });
        expect(warnings).toEqual([expect.stringContaining('differ from what was captured')]);
        expect(await readAll(store, key)).toEqual(Buffer.concat([changed, ...others]));
        expect(await multipartsOf(bucket)).toBe(0);
      });
    });

    test('takes pieces that clients put by URLs, lists them, and joins them like any other [C11]', async () => {
      const { store, bucket } = await newStore();
      const key = store.locate('sent.tar');
      const { url, list } = store.pieceUploads;
      const bytes = 6 * MIB;
      await expect(url('up', '00000001', { bytes, expiresInSeconds: 900 })).rejects.toMatchObject({
        code: 'not_found',
      });
      await store.open('up', key);
      const contents = [randomBytes(bytes), randomBytes(bytes), randomBytes(1000)];
      const send = async (number: number, body: Buffer, signedFor = body.length): Promise<number> => {
        const to = await url('up', `0000000${number}`, { bytes: signedFor, expiresInSeconds: 900 });
        return (await fetch(to, { method: 'PUT', body: new Blob([new Uint8Array(body)]) })).status;
      };
      // The length differs from the signed length.
      expect(await send(1, randomBytes(10), bytes)).toBe(403);
      expect(await send(1, randomBytes(bytes))).toBe(200);
      for (const [i, content] of contents.entries()) expect(await send(i + 1, content)).toBe(200);
      // A piece that a task wrote does not count as a piece of a client's upload.
      await store.putPiece('up', 'other', [randomBytes(10)]);
      const pieces = (await list('up')).sort((a, b) => (a.name < b.name ? -1 : 1));
      expect(pieces.map(({ name, bytes }) => [name, bytes])).toEqual([
        ['00000001', bytes],
        ['00000002', bytes],
        ['00000003', 1000],
      ]);
      const [first] = pieces;
      if (first === undefined) throw new Error('no piece');
      expect(Buffer.from(await store.readPiece('up', first)).equals(contents[0] ?? Buffer.alloc(0))).toBe(
        true,
      );
      await store.compose(
        'up',
        key,
        pieces.map((piece): Part => ({ piece })),
        { overwrite: false },
      );
      expect((await readAll(store, key)).equals(Buffer.concat(contents))).toBe(true);
      expect(await keysOf(bucket)).toEqual(['archives/sent.tar']);
    });

    test('joins large pieces server-side and gathers small ones between them', async () => {
      const { store, bucket } = await newStore();
      const key = store.locate('a.tar');
      const contents = [300, 6 * MIB, 10, 20, 7 * MIB, 5 * MIB, 1 * MIB, 5 * MIB + 1, 100].map((n) =>
        randomBytes(n),
      );
      await store.open('up', key);
      const parts = await put(store, 'up', contents);
      const tail = randomBytes(2 * MIB);
      await store.compose('up', key, [...parts, { bytes: tail }], { overwrite: false });
      expect((await readAll(store, key)).equals(Buffer.concat([...contents, tail]))).toBe(true);
      expect(await keysOf(bucket)).toEqual(['archives/a.tar']);
      expect(await multipartsOf(bucket)).toBe(0);
    });

    test('joins more parts than one upload takes, in groups first', async () => {
      const { store, bucket } = await newStore({ ...s3Limits, maxParts: 4, maxPartBytes: 12 * MIB });
      const key = store.locate('a.tar');
      const contents = [6, 5, 5, 6, 7, 5, 5].map((n) => randomBytes(n * MIB));
      await store.open('up', key);
      const parts = await put(store, 'up', contents);
      await store.compose('up', key, parts, { overwrite: false });
      expect((await readAll(store, key)).equals(Buffer.concat(contents))).toBe(true);
      expect(await keysOf(bucket)).toEqual(['archives/a.tar']);
    });

    test('stages in its own bucket what goes to another place', async () => {
      const { store, bucket, other, otherPlace } = await newStore();
      const key = store.locate('a.tar', otherPlace);
      await store.open('up', key);
      const parts = await put(store, 'up', [randomBytes(6 * MIB), randomBytes(10)]);
      expect(await keysOf(other)).toEqual([]);
      await store.compose('up', key, parts, { overwrite: false });
      expect(await keysOf(other)).toEqual(['some/where/a.tar']);
      expect(await keysOf(bucket)).toEqual([]);
    });

    test('a multipart upload that loses its name to another is ended, and its pieces stay', async () => {
      const { store, bucket } = await newStore();
      const key = store.locate('a.tar');
      await store.open('up', key);
      const content = [randomBytes(6 * MIB), randomBytes(6 * MIB)];
      const parts = await put(store, 'up', content);
      await client.send(new PutObjectCommand({ Bucket: bucket, Key: 'archives/a.tar', Body: 'first' }));
      await expect(store.compose('up', key, parts, { overwrite: false })).rejects.toMatchObject({
        code: 'file_exists',
      });
      expect((await readAll(store, key)).toString()).toBe('first');
      expect(await multipartsOf(bucket)).toBe(0);
      await store.compose('up', key, parts, { overwrite: true });
      expect((await readAll(store, key)).equals(Buffer.concat(content))).toBe(true);
    });

    test('a late repeat of a piece changes nothing of what was counted on', async () => {
      const { store } = await newStore();
      const key = store.locate('a.tar');
      await store.open('up', key);
      const counted = await store.putPiece('up', '1', [Buffer.from('counted')]);
      await store.putPiece('up', '1', [Buffer.from('by a task that was given up')]);
      await store.compose('up', key, [{ piece: counted }], { overwrite: false });
      expect((await readAll(store, key)).toString()).toBe('counted');
    });

    test('gives a URL that needs no token, under the name asked for [D6]', async () => {
      const { store } = await newStore();
      const key = store.locate('a.tar');
      await store.compose('up', key, [{ bytes: Buffer.from('the archive') }], { overwrite: false });
      const url = await store.downloadUrl(key, { fileName: 'Grüße 1.tar', expiresInSeconds: 86_400 });
      expect(new URL(url).searchParams.get('X-Amz-Expires')).toBe('900');
      const answer = await fetch(url);
      expect(answer.status).toBe(200);
      expect(answer.headers.get('content-disposition')).toContain("filename*=UTF-8''Gr%C3%BC%C3%9Fe%201.tar");
      expect(await answer.text()).toBe('the archive');
      const forged = new URL(url);
      forged.searchParams.set('X-Amz-Signature', '0'.repeat(64));
      expect((await fetch(forged)).status).toBe(403);
    });

    test('says which bucket is missing', async () => {
      const { bucket } = await newStore();
      const store = new S3ObjectStore({ client, bucket, backupPaths: ['s3://no-such-bucket-here/x'] });
      await expect(
        store.assertWritable(store.locate('a.tar', 's3://no-such-bucket-here/x')),
      ).rejects.toMatchObject({
        code: 'place_unwritable',
        message: expect.stringContaining('there is no bucket no-such-bucket-here'),
      });
    });
  });
});
