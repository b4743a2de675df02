/**
 * Archives changed by somebody who cannot sign them, recovered by hand: the commands use nothing from them.
 */
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, jest } from '@jest/globals';
import { testWith } from '../../tools/debian-tools.ts';
import { headersOf, signatureLine } from '../crafted/seal-by-hand.ts';
import { makeSampleArchive, type SampleArchive } from '../samples/sample-archive.ts';
import { type RawMember, rawMember, withChecksum } from '../tar/raw-tar.ts';
import { ESCAPE, RecoverJail } from './recover-jail.ts';

jest.setTimeout(180_000);

const tools = ['tar', 'age', 'zstd', 'openssl', 'sha256sum'] as const;
let sample: SampleArchive;
const jail = new RecoverJail();
beforeAll(async () => {
  sample = await makeSampleArchive({ log: 'the log\n' });
});
afterAll(() => jail[Symbol.dispose]());

const expectRefused = (what: string, bytes: Uint8Array, sentence: RegExp): void =>
  jail.expectRefused(what, bytes, sentence, { archive: sample });

/** What a header may name in place of a file. */
const shapes: readonly Omit<RawMember, 'name'>[] = [
  { flag: '1', link: '../outside/canary' },
  { flag: '2', link: '../outside/canary' },
  { flag: '2', link: '../outside' },
  { flag: '3' },
  { flag: '4' },
  { flag: '5' },
  { flag: '6' },
  { flag: '7' },
  { flag: 'S' },
  { flag: 'M' },
  { flag: 'V' },
  { flag: 'D' },
  { flag: 'x' },
  { flag: 'g' },
  { flag: 'L' },
  { flag: 'K' },
];

/** The scratch files that the commands of older archives wrote, and those of the present commands. */
const scratchNames = [
  'verify.key',
  'statement',
  'signature.bin',
  'members.sha256',
  'members/manifest.json',
  'list',
];

describe('an archive that somebody changed, who cannot sign,', () => {
  testWith(...tools)('is refused with a link, pipe, device or folder added, first and last [B8]', () => {
    const end = sample.bytes.length - 1024;
    const added: RawMember[] = [
      ...shapes.map((shape) => ({ name: 'verify.key', ...shape })),
      ...scratchNames.map((name) => ({ name, flag: '2', link: '../outside/canary' })),
      ...['/tmp/x', '../outside/x', 'a\nb', 'a\\b', '-rf', `${ESCAPE}x`].map((name) => ({
        name,
        content: 'x',
      })),
    ];
    for (const member of added) {
      const frame = rawMember(member);
      const first = Buffer.concat([frame, sample.bytes]);
      expectRefused(JSON.stringify(member), first, /longer than its manifest says/);
    }
    const last = Buffer.concat([
      sample.bytes.subarray(0, end),
      ...added.map(rawMember),
      sample.bytes.subarray(end),
    ]);
    expectRefused('last', last, /does not end as an archive/);
  });

  testWith(...tools)('is refused when the header of any member says something else [B8]', () => {
    const heads = headersOf(sample);
    for (const [n, shape] of shapes.entries()) {
      const bytes = Buffer.from(sample.bytes);
      const at = heads[n % heads.length] ?? 0;
      const header = bytes.subarray(at, at + 512);
      header.write(shape.flag ?? '0', 156, 'latin1');
      header.write(shape.link ?? '', 157, 'latin1');
      withChecksum(header);
      expectRefused(`${n}`, bytes, /tar around the members was changed/);
    }
    // Changes every other kind of byte in a header, and of the blocks between members.
    const [, second = 0] = heads;
    for (const offset of [0, 100, 136, 300, 345, 500, 511]) {
      const bytes = Buffer.from(sample.bytes);
      bytes[second + offset] = (bytes[second + offset] ?? 0) ^ 1;
      withChecksum(bytes.subarray(second, second + 512));
      expectRefused(`byte ${offset}`, bytes, /tar around the members was changed/);
    }
    for (const at of [second - 1, sample.bytes.length - 1, sample.bytes.length - 1025]) {
      const bytes = Buffer.from(sample.bytes);
      bytes[at] = 1;
      expectRefused(`padding at ${at}`, bytes, /tar around the members was changed/);
    }
  });

  testWith(...tools)('is refused when it is compressed, cut, doubled, or goes on behind its end [B8]', () => {
    const { bytes } = sample;
    const gzip = gzipSync(bytes);
    const gzipped = Buffer.concat([gzip, Buffer.alloc(512 - (gzip.length % 512))]);
    const end = /does not end as an archive|no archive has \d+ bytes/;
    expectRefused('gzip', gzip, end);
    expectRefused('gzip, padded', gzipped, end);
    expectRefused('zstd', zstdCompressSync(bytes), end);
    expectRefused('a bomb', gzipSync(Buffer.concat([Buffer.alloc(50_000_000), bytes])), end);
    expectRefused('compressed before its end', Buffer.concat([gzipped, bytes.subarray(-8192)]), /manifest/);
    expectRefused('doubled', Buffer.concat([bytes, bytes]), /longer than its manifest says/);
    expectRefused('zeros behind', Buffer.concat([bytes, Buffer.alloc(9216)]), end);
    expectRefused('text behind', Buffer.concat([bytes, Buffer.from(ESCAPE)]), end);
    expectRefused('cut at the end', bytes.subarray(0, -1), end);
    expectRefused('cut at the beginning', bytes.subarray(512), /shorter than its manifest says/);
    expectRefused('its end alone', bytes.subarray(-4096), /cut|not the one/);
    expectRefused('empty', Buffer.alloc(0), end);
    expectRefused('zeros', Buffer.alloc(1_000_000), end);
  });

  testWith(...tools)('is refused, unprinted, when manifest.sig holds what a terminal obeys [B8]', () => {
    const { signing, bytes } = sample;
    const lines = [
      `{"format":1,"algorithm":"Ed25519","verifyKey":"${ESCAPE}","manifestBytes":1,"manifestSha256":"${ESCAPE}","signature":"${ESCAPE}"}\n`,
      signatureLine(sample).replace(signing.verifyKey, `${signing.verifyKey.slice(0, -8)}\x1b[2J===`),
      signatureLine(sample).replace(/"manifestBytes":\d+/, '"manifestBytes":a[$(touch outside)]'),
      signatureLine(sample).replace(/"manifestBytes":/, '"manifestBytes":0'),
      signatureLine(sample).replace(/"manifestBytes":\d+/, '"manifestBytes":99999999999999999999'),
      signatureLine(sample).replace('}', ',"more":1}'),
      `\n${signatureLine(sample)}`,
      ESCAPE.repeat(30),
    ];
    for (const line of lines) {
      const forged = Buffer.from(bytes);
      forged.fill(0, forged.length - 1536, forged.length - 1024);
      forged.write(line, forged.length - 1536, 512, 'latin1');
      expectRefused(line, forged, /does not end as an archive/);
    }
    const unsigned = Buffer.from(bytes);
    const at = unsigned.lastIndexOf('"signature":"') + 20;
    unsigned[at] = unsigned[at] === 0x41 ? 0x42 : 0x41;
    expectRefused('signature', unsigned, /signature is not by this verify key/);
  });
});
