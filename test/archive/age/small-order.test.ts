/** Invalid verify keys, compared with a library that implements the curve. */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { ed25519 } from '@noble/curves/ed25519.js';
import { verifyKeySchema } from '../../../lib/archive/format.ts';
import { isSignedBy } from '../../../lib/archive/keys/signature.ts';
import { isSoundVerifyKey } from '../../../lib/archive/keys/small-order.ts';
import { frameMember } from '../../../lib/archive/layout/outer-tar.ts';
import { SIGNATURE_NAME } from '../../../lib/archive/member-names.ts';
import { bytesSource } from '../../../lib/archive/reader/byte-source.ts';
import { inspectArchive } from '../../../lib/archive/reader/inspect.ts';
import { openArchive } from '../../../lib/archive/reader/open.ts';
import { readSeal } from '../../../lib/archive/reader/read-seal.ts';
import { makeSampleArchive, type SampleArchive } from '../samples/sample-archive.ts';

const P = 2n ** 255n - 19n;
const littleEndian = (n: bigint): Buffer => Buffer.from(n.toString(16).padStart(64, '0'), 'hex').reverse();
const SIGN = 1n << 255n;

/** The eight points of small order, in every 32-byte encoding that a reader could accept for one of them. */
const { Point } = ed25519;
const smallOrder = (): Buffer[] => {
  // Multiplying any point by the large prime order leaves a point of small order; this finds one of order 8.
  const order = BigInt('0x1000000000000000000000000000000014def9dea2f79cd65812631a5cf5d3ed');
  const torsion = [];
  for (let seed = 2n; torsion.length === 0; seed++) {
    try {
      const point = Point.fromBytes(littleEndian(seed), true);
      const eighth = point.multiplyUnsafe(order - 1n).add(point);
      if (!eighth.double().double().equals(Point.ZERO)) torsion.push(eighth);
    } catch {
      // No point has this y.
    }
  }
  const [generator = Point.ZERO] = torsion;
  const ys = new Set<bigint>();
  let point = Point.ZERO;
  for (let n = 0; n < 8; n++, point = point.add(generator)) ys.add(point.toAffine().y);
  expect(ys.size).toBe(5);
  const texts = [...ys].flatMap((y) => (y < 19n ? [y, y + P] : [y]));
  return texts.flatMap((y) => [littleEndian(y), littleEndian(y + SIGN)]);
};
/**
 * Encodings that are not canonical, because y is at least the prime. Only those of the 19 values that are
 * points matter; all are refused.
 */
const notCanonical = (): Buffer[] =>
  Array.from({ length: 19 }, (_, n) => BigInt(n)).flatMap((n) => [
    littleEndian(P + n),
    littleEndian(P + n + SIGN),
  ]);

/** A signature in which R is the neutral point and S is 0. */
const EVERYBODYS = Buffer.concat([littleEndian(1n), Buffer.alloc(32)]);

describe('a key of small order, or not in its one form [B8]', () => {
  test('is refused, in all of its texts', () => {
    for (const raw of [...smallOrder(), ...notCanonical()]) {
      expect([raw.toString('hex'), isSoundVerifyKey(raw)]).toEqual([raw.toString('hex'), false]);
      const told = verifyKeySchema.safeParse(raw.toString('base64'));
      expect(told.error?.issues[0]?.message).toMatch(/anybody can make signatures that match it/);
    }
  });

  test('is one that fits a signature made by nobody, for anything; here it fits none', () => {
    for (const raw of smallOrder())
      for (let n = 0; n < 4; n++) {
        const message = randomBytes(20);
        // The most permissive reading of Ed25519 accepts it.
        expect(ed25519.verify(EVERYBODYS, message, raw, { zip215: true })).toBe(true);
        expect(isSignedBy(message, EVERYBODYS.toString('base64'), raw.toString('base64'))).toBe(false);
      }
  });

  test('is told from keys that people have', () => {
    for (let n = 0; n < 200; n++) {
      const raw = generateKeyPairSync('ed25519')
        .publicKey.export({ format: 'der', type: 'spki' })
        .subarray(-32);
      expect(isSoundVerifyKey(raw)).toBe(true);
      expect(verifyKeySchema.safeParse(raw.toString('base64')).success).toBe(true);
    }
  });
});

test('a verify key has one text: another one for the same bytes is refused', () => {
  const raw = generateKeyPairSync('ed25519').publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);
  const text = raw.toString('base64');
  const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
  const other = `${text.slice(0, 42)}${digits[digits.indexOf(text[42] ?? '') + 1]}=`;
  expect(Buffer.from(other, 'base64').equals(raw)).toBe(true);
  expect(verifyKeySchema.safeParse(other).success).toBe(false);
});

describe('an archive whose signer is such a key [B8]', () => {
  let sample: SampleArchive;
  beforeAll(async () => {
    sample = await makeSampleArchive();
  });

  /** An archive with this key, whose signature was made without any private key. */
  const signedByNobody = (key: Buffer): Buffer => {
    const line = sample.frames.at(-1)?.subarray(512).toString('utf8').replace(/\0+$/, '') ?? '';
    const said = {
      ...JSON.parse(line),
      verifyKey: key.toString('base64'),
      signature: EVERYBODYS.toString('base64'),
    };
    const [header, body, padding] = frameMember(
      SIGNATURE_NAME,
      [Buffer.from(`${JSON.stringify(said)}\n`)],
      sample.head.createdAt,
    );
    const end = Buffer.concat([
      header ?? Buffer.alloc(0),
      body ?? Buffer.alloc(0),
      padding ?? Buffer.alloc(0),
      Buffer.alloc(1024),
    ]);
    return Buffer.concat([sample.bytes.subarray(0, -2048), end]);
  };

  test('is opened by nobody, whoever trusts it; to a look at it the signature is invalid', async () => {
    for (const key of [littleEndian(1n), littleEndian(1n + SIGN), littleEndian(P + 1n), littleEndian(0n)]) {
      const forged = signedByNobody(key);
      expect(forged.length).toBe(sample.bytes.length);
      const source = bytesSource(forged);
      await expect(openArchive(source, { trust: () => true })).rejects.toMatchObject({
        code: 'archive_signature_invalid',
      });
      expect((await inspectArchive(source, { trust: () => true })).signature).toBe('invalid');
      expect(await readSeal(source)).toBeUndefined();
    }
    expect(await readSeal(bytesSource(sample.bytes))).toMatchObject({ verifyKey: sample.signing.verifyKey });
  });
});
