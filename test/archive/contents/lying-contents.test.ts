/** Signed archives whose contents do not match the segments. */
import { lstatSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { extractEntries } from '../../../lib/archive/extract/extract-entries.ts';
import { extractStream } from '../../../lib/archive/extract/extract-stream.ts';
import { extractTar, planExtractTar } from '../../../lib/archive/extract/extract-tar.ts';
import { SegmentPool } from '../../../lib/archive/threads/segment-pool.ts';
import { verifyArchive } from '../../../lib/archive/verify/verify.ts';
import {
  type Crafted,
  componentOf,
  falsePieces,
  hiddenBytes,
  lyingHeaders,
  lyingStreams,
  oddLines,
  runOn,
  soundStream,
  wrongPlaces,
  wrongRunOns,
} from '../crafted/crafted-components.ts';
import { type HandMadeEntry, handMadeComponent, handMadeSegments } from '../crafted/hand-made-component.ts';
import { type EngineArchive, type EngineComponent, makeEngineArchive } from '../samples/engine-archive.ts';
import { scratchFolder } from '../samples/tree-fixtures.ts';

const pool = new SegmentPool({ size: 2 });
afterAll(() => pool.close());

const codeOf = (error: unknown): string => String(Object(error).code ?? error);
const named = (all: readonly Crafted[]): [string, Crafted][] => all.map((one) => [one.what, one]);

/** The result of each operation on an archive, and what a restore left behind. */
const outcomesOf = async ({ archive, identity }: EngineArchive) => {
  using folder = scratchFolder();
  const target = join(folder.path, 'target');
  mkdirSync(target);
  const options = { archive, identity, component: 'files', pool };
  const tree = { ...options, target, existing: 'overwrite', restoreId: 'r-1' } as const;
  const readAll = async (): Promise<string> => {
    for await (const { content } of extractEntries(options)) for await (const _ of content);
    return 'good';
  };
  return {
    plan: await planExtractTar(tree).then(() => 'good', codeOf),
    restore: await extractTar(tree).then(() => 'good', codeOf),
    entries: await readAll().catch(codeOf),
    verify: await verifyArchive(archive, { identity, pool }).then(() => 'good', codeOf),
    left: readdirSync(target),
  };
};
const outcomes = async (component: EngineComponent) =>
  outcomesOf(await makeEngineArchive({ files: component }));

const refused = {
  restore: 'archive_damaged',
  entries: 'archive_damaged',
  verify: 'archive_damaged',
  left: [],
};
const good = { plan: 'good', restore: 'good', entries: 'good', verify: 'good' };

describe('what contents do not say as it is, is refused by a restore of any kind and a deep verification [B8]', () => {
  test.each(named(lyingHeaders))('%s', async (_, crafted) => {
    expect(await outcomes(componentOf(crafted))).toMatchObject(refused);
  });

  test('another file that a hard link is to', async () => {
    const files: HandMadeEntry[] = [{ path: 'a' }, { path: 'b' }];
    const made = handMadeComponent(
      [...files, { path: 'c', type: 'hardlink', link: 'b' }],
      [...files, { path: 'c', type: 'hardlink', link: 'a' }],
    );
    expect(await outcomes(made)).toMatchObject(refused);
  });

  test.each(named([...wrongPlaces, ...wrongRunOns, ...oddLines]))(
    'before a segment is opened: %s',
    async (_, crafted) => {
      expect(await outcomes(componentOf(crafted))).toEqual({ plan: 'archive_damaged', ...refused });
    },
  );

  test.each(named([...hiddenBytes, ...falsePieces]))(
    'where contents do not tell of it: %s',
    async (_, crafted) => {
      expect(await outcomes(componentOf(crafted))).toMatchObject(refused);
    },
  );
});

test('a file may lie in pieces of any length that fill their segments', async () => {
  for (const lengths of [
    [1024, 2048, 700],
    [100, 1, 3000],
    [512, 513, 512],
  ]) {
    const { segments, pieces, line } = runOn(lengths);
    expect(await outcomes(handMadeSegments(segments, line(pieces)))).toEqual({ ...good, left: ['big'] });
  }
});

test('hashes of contents need not be looked at where the signer is known not to lie', async () => {
  const crafted = lyingHeaders.find(({ what }) => what === 'another SHA-256');
  if (crafted === undefined) throw new Error('there is no such archive');
  const made = await makeEngineArchive({ files: componentOf(crafted) });
  using folder = scratchFolder();
  const options = { ...made, component: 'files', pool, target: folder.path, restoreId: 'r-1' };
  await extractTar({ ...options, existing: 'refuse', checkHashes: false });
  expect(lstatSync(join(folder.path, 'a')).size).toBe(1);
});

describe('a stream', () => {
  const outcomesOfStream = async (crafted: Crafted) => {
    const { archive, identity } = await makeEngineArchive({ files: componentOf(crafted) });
    let bytes = 0;
    const readAll = async (): Promise<string> => {
      const stream = extractStream({ archive, identity, component: 'files', pool });
      for await (const chunk of stream) bytes += chunk.length;
      return 'good';
    };
    return {
      restore: await readAll().catch(codeOf),
      verify: await verifyArchive(archive, { identity, pool }).then(() => 'good', codeOf),
      bytes,
    };
  };

  test('is read and verified when contents list it as it is', async () => {
    expect(await outcomesOfStream(soundStream)).toEqual({ restore: 'good', verify: 'good', bytes: 150_000 });
  });

  test.each(named(lyingStreams))(
    'of which contents list %s is refused before a byte of that is handed out [B8]',
    async (_, crafted) => {
      expect(await outcomesOfStream(crafted)).toEqual({
        restore: 'archive_damaged',
        verify: 'archive_damaged',
        bytes: 0,
      });
    },
  );
});
