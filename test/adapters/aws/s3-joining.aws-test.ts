import { randomBytes, randomUUID } from 'node:crypto';
import {
  CreateBucketCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  ListPartsCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type MultipartLimits, s3Limits } from '../../../lib/adapters/aws/s3/multipart-plan.ts';
import { S3ObjectStore } from '../../../lib/adapters/aws/store/s3-object-store.ts';
import type { Part } from '../../../lib/ports/object-store.ts';
import { describeJoining, inCalls, KeptCursor } from '../../contract/joining.ts';
import { clientConfig } from '../../emulators/credentials.ts';
import { startMinistack } from '../../emulators/ministack.ts';
import type { Emulator } from '../../emulators/run-emulator.ts';
import { startVersitygw } from '../../emulators/versitygw.ts';

const MIB = 1024 ** 2;
/** With these limits one upload cannot take all five pieces, so they are joined in groups first. */
const low: MultipartLimits = { ...s3Limits, maxParts: 3, maxPartBytes: 12 * MIB };
const SIZES = [6, 5, 5, 6, 5].map((n) => n * MIB);

describe.each([
  ['versitygw', startVersitygw],
  ['MiniStack', startMinistack],
] as const)('%s', (name, start) => {
  let emulator: Emulator;
  let client: S3Client;
  const newClient = () => new S3Client({ ...clientConfig(emulator.endpoint), forcePathStyle: true });
  beforeAll(async () => {
    emulator = await start();
    client = newClient();
  });
  afterAll(async () => {
    client.destroy();
    await emulator.stop();
  });

  const opened = async (limits: MultipartLimits) => {
    const bucket = `b-${randomUUID()}`;
    await client.send(new CreateBucketCommand({ Bucket: bucket }));
    const warnings: string[] = [];
    const open = (by = client, with_ = limits) =>
      new S3ObjectStore({
        client: by,
        bucket,
        backupPaths: [],
        limits: with_,
        log: { warn: (text) => warnings.push(text) },
      });
    const leftovers = async (): Promise<string[]> => {
      const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: bucket }));
      const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: bucket }));
      return [
        ...Contents.map(({ Key = '' }) => Key).filter((key) => !key.startsWith('archives/')),
        ...Uploads.map(({ Key }) => `upload of ${Key}`),
      ];
    };
    /**
     * Counts uploads of a call that was killed before it could record them: they have no parts, and the
     * bucket's lifecycle rule removes them.
     */
    const emptyUploads = async (): Promise<number> => {
      const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: bucket }));
      for (const { Key, UploadId } of Uploads) {
        const { Parts = [] } = await client.send(new ListPartsCommand({ Bucket: bucket, Key, UploadId }));
        expect(Parts).toEqual([]);
      }
      return Uploads.length;
    };
    return { bucket, open, leftovers, emptyUploads, warnings };
  };

  describe.each([
    ['in one upload', s3Limits],
    ['in groups first', low],
  ])('%s', (how, limits) => {
    describeJoining(`S3 on ${name}, ${how}`, async () => {
      const { open, leftovers } = await opened(limits);
      return {
        ...{ store: open(), reopen: async () => open(), sizes: SIZES, leftovers },
        close: async () => undefined,
      };
    });
  });

  describe('a joining whose calls are killed', () => {
    const begun = async (limits: MultipartLimits) => {
      const made = await opened(limits);
      const store = made.open();
      const key = store.locate('a.tar');
      await store.open('up', key);
      const contents = SIZES.map((size) => randomBytes(size));
      const parts: Part[] = [];
      for (const [n, content] of contents.entries())
        parts.push({ piece: await store.putPiece('up', String(n), [content]) });
      const readAll = async () => Buffer.concat(await Array.fromAsync(store.stream(key)));
      return { ...made, store, key, contents, parts, readAll };
    };

    /**
     * A client that fails at its `n`th request: before it sends the request, or before it gets the answer.
     */
    const dying = (n: number, when: 'before' | 'after'): S3Client => {
      const mortal = newClient();
      let requests = 0;
      mortal.middlewareStack.add(
        (next) => async (args) => {
          requests += 1;
          if (requests > n || (requests === n && when === 'before')) throw new Error('killed by the test');
          const answer = await next(args);
          if (requests >= n) throw new Error('killed by the test');
          return answer;
        },
        { step: 'initialize' },
      );
      return mortal;
    };

    test.each([
      ['before', s3Limits],
      ['after', s3Limits],
      ['before', low],
      ['after', low],
    ] as const)(
      'goes on, at whichever request: %s it (%#) [B6]',
      async (when, limits) => {
        const { open, key, parts, contents, readAll, leftovers, emptyUploads } = await begun(limits);
        const kept = new KeptCursor();
        for (let n = 1; ; n++) {
          const mortal = dying(n, when);
          const tried = await open(mortal)
            .composeInSteps('up', key, parts, { overwrite: false, steps: kept.steps(false) })
            .catch((thrown: unknown) => thrown);
          mortal.destroy();
          if (!(tried instanceof Error)) break;
          expect(String(tried)).toMatch(/killed by the test|internal/);
          expect(n).toBeLessThan(80);
        }
        expect((await readAll()).equals(Buffer.concat(contents))).toBe(true);
        expect(await leftovers()).toHaveLength(await emptyUploads());
      },
      120_000,
    );

    test('tells once of pieces that are differ from what was captured, and joins what is there', async () => {
      const { open, bucket, key, parts, contents, readAll, leftovers, warnings } = await begun(s3Limits);
      const [first] = parts;
      if (first === undefined || !('piece' in first)) throw new Error('no piece');
      contents[0] = randomBytes(SIZES[0] ?? 0);
      await client.send(
        new PutObjectCommand({ Bucket: bucket, Key: String(first.piece.at), Body: contents[0] }),
      );
      const kept = new KeptCursor();
      await inCalls(() => open().composeInSteps('up', key, parts, { overwrite: false, steps: kept.steps() }));
      expect(warnings).toEqual([expect.stringContaining('differ from what was captured')]);
      expect((await readAll()).equals(Buffer.concat(contents))).toBe(true);
      expect(await leftovers()).toEqual([]);
    }, 60_000);

    test('begins anew where another version of Holdfast cuts into other parts', async () => {
      const { open, key, parts, contents, readAll, leftovers } = await begun(s3Limits);
      const kept = new KeptCursor();
      const first = await open().composeInSteps('up', key, parts, { overwrite: false, steps: kept.steps() });
      expect(first).toBeUndefined();
      await inCalls(() =>
        open(client, { ...s3Limits, maxPartBytes: 6 * MIB }).composeInSteps('up', key, parts, {
          overwrite: false,
          steps: kept.steps(),
        }),
      );
      expect((await readAll()).equals(Buffer.concat(contents))).toBe(true);
      expect(await leftovers()).toEqual([]);
    }, 60_000);

    test('leaves nothing when the operation ends in between: another call begins nothing [D4]', async () => {
      const { open, store, key, parts, leftovers } = await begun(low);
      const kept = new KeptCursor();
      expect(
        await open().composeInSteps('up', key, parts, { overwrite: false, steps: kept.steps() }),
      ).toBeUndefined();
      await store.abort('up');
      expect(await leftovers()).toEqual([]);
      kept.refuses = 0;
      await expect(
        open().composeInSteps('up', key, parts, { overwrite: false, steps: kept.steps() }),
      ).rejects.toThrow();
      expect(await leftovers()).toEqual([]);
      expect(await store.stat(key)).toBeUndefined();
    }, 60_000);
  });
});
