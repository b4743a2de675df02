import { createHash } from 'node:crypto';
import { inflateSync } from 'node:zlib';
import { describe, expect, jest, test } from '@jest/globals';
import { armor } from 'age-encryption';
import * as vectors from 'cctv-age';
import { ageHeaderBytes, type DecryptWith, readAgePrefix } from '../../../lib/archive/age/age-header.ts';
import { AGE_NONCE_BYTES, openPayload, PayloadOpener } from '../../../lib/archive/age/age-payload.ts';
import { ArchiveError } from '../../../lib/archive/errors.ts';
import { piecesOf, randomFrom, testSeed } from '../../random-pieces.ts';

jest.setTimeout(60_000);

type Outcome =
  | 'success'
  | 'no match'
  | 'HMAC failure'
  | 'header failure'
  | 'payload failure'
  | 'armor failure';
interface Vector {
  readonly expect: string;
  readonly payload: string;
  readonly open: DecryptWith;
  readonly armored: boolean;
  readonly file: Buffer;
}

/** A vector is a text header, an empty line and an age file: https://github.com/C2SP/CCTV/tree/main/age. */
const parse = (bytes: Uint8Array): Vector => {
  const text = Buffer.from(bytes).toString('latin1');
  const end = text.indexOf('\n\n');
  const fields = new Map<string, string[]>();
  for (const line of text.slice(0, end).split('\n')) {
    const [key = '', value = ''] = line.split(/: (.*)/s);
    fields.set(key, [...(fields.get(key) ?? []), value]);
  }
  const one = (key: string): string => fields.get(key)?.[0] ?? '';
  const file = Buffer.from(bytes.subarray(end + 2));
  const passphrase = fields.get('passphrase')?.[0];
  expect([...fields.keys()].filter((key) => !known.includes(key))).toEqual([]);
  return {
    expect: one('expect'),
    payload: one('payload'),
    open: passphrase === undefined ? { identities: fields.get('identity') ?? [] } : { passphrase },
    armored: one('armored') === 'yes',
    file: one('compressed') === 'zlib' ? inflateSync(file) : file,
  };
};
const known = ['expect', 'payload', 'file key', 'identity', 'passphrase', 'armored', 'compressed', 'comment'];

/** Decrypts the payload, and passes on what comes out before the end or the failure. */
type Feed = (key: Parameters<typeof openPayload>[0], payload: Uint8Array, write: (b: Buffer) => void) => void;

const inPieces =
  (cut: (payload: Uint8Array) => Iterable<Uint8Array>): Feed =>
  (key, payload, write) => {
    const opener = new PayloadOpener(key, write);
    for (const piece of cut(payload)) opener.update(piece);
    opener.end();
  };

/** All calls share one buffer, because some vectors have 16 million bytes. */
const byteByByte: Feed = (key, payload, write) => {
  const opener = new PayloadOpener(key, write);
  const piece = Buffer.alloc(1);
  for (const byte of payload) {
    piece[0] = byte;
    opener.update(piece);
  }
  opener.end();
};

const decrypt = async (
  vector: Vector,
  feed: Feed,
  byteWiseHeader: boolean,
): Promise<{ outcome: Outcome; payload: string }> => {
  const hash = createHash('sha256');
  const finish = (outcome: Outcome) => ({ outcome, payload: hash.digest('hex') });
  let file: Uint8Array = vector.file;
  // Holdfast neither writes nor reads armor, so the package's decoder runs first, as it would for a user.
  if (vector.armored) {
    try {
      file = armor.decode(vector.file.toString('latin1'));
    } catch {
      return finish('armor failure');
    }
  }
  let opened: Awaited<ReturnType<typeof readAgePrefix>>;
  try {
    opened = await readAgePrefix(byteWiseHeader ? justThePrefix(file) : file, vector.open);
  } catch (error) {
    if (!(error instanceof ArchiveError)) throw error;
    if (error.code === 'wrong_key' || error.code === 'wrong_passphrase') return finish('no match');
    const hmac = error.cause instanceof Error && error.cause.message === 'invalid header HMAC';
    return finish(hmac ? 'HMAC failure' : 'header failure');
  }
  try {
    feed(opened.payloadKey, file.subarray(opened.prefixBytes), (plain) => hash.update(plain));
    return finish('success');
  } catch (error) {
    if (!(error instanceof ArchiveError) || error.code !== 'age_malformed') throw error;
    return finish('payload failure');
  }
};

/**
 * The part of a file that a byte-by-byte reader has when it recognises the end of the header: header and
 * nonce.
 */
const justThePrefix = (file: Uint8Array): Uint8Array => {
  for (let length = 0; length <= file.length; length += 1) {
    const header = ageHeaderBytes(file.subarray(0, length));
    if (header !== undefined) return file.subarray(0, header + AGE_NONCE_BYTES);
  }
  return file;
};

describe('the CCTV age vectors', () => {
  const seed = testSeed();
  console.log(`age vectors: SEED=${seed}`);
  const all = Object.entries(vectors);

  test('are all here', () => {
    expect(all.length).toBeGreaterThanOrEqual(143);
  });

  const feeds: readonly [string, Feed, boolean][] = [
    ['as a stream given whole', inPieces((payload) => [payload]), false],
    ['in random pieces', inPieces((payload) => piecesOf(payload, randomFrom(seed), 100_000)), false],
    ['in small random pieces', inPieces((payload) => piecesOf(payload, randomFrom(seed), 100)), false],
    ['byte by byte', byteByByte, true],
  ];
  describe.each(all)('%s', (_name, bytes) => {
    test.each(feeds)('has its outcome, failure class and payload %s', async (_, feed, byteWiseHeader) => {
      const vector = parse(bytes);
      const { outcome, payload } = await decrypt(vector, feed, byteWiseHeader);
      expect(outcome).toBe(vector.expect);
      if (vector.payload !== '') expect(payload).toBe(vector.payload);
    });

    test('has its outcome in one call in its own memory, as segments are opened: everything or nothing', async () => {
      const vector = parse(bytes);
      const { outcome, payload } = await decrypt(
        vector,
        (key, sealed, write) => write(openPayload(key, sealed)),
        false,
      );
      expect(outcome).toBe(vector.expect);
      if (outcome === 'success') expect(payload).toBe(vector.payload);
    });
  });
});
