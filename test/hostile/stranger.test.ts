/**
 * Compares the reader written only from the format document, in another language, on the corpus's trees: it
 * accepts what our verification accepts, and refuses what ours refuses. The corpus itself compares each
 * restored tree with GNU tar.
 */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openSegmentOn } from '../../lib/archive/extract/extract-stream.ts';
import { bytesSource } from '../../lib/archive/reader/byte-source.ts';
import { openPacked } from '../../lib/archive/reader/contents-pages.ts';
import { openArchive } from '../../lib/archive/reader/open.ts';
import { SegmentPool } from '../../lib/archive/threads/segment-pool.ts';
import { scratchFolder } from '../archive/samples/tree-fixtures.ts';
import { requireTool } from '../tools/debian-tools.ts';
import { contentsLines } from './corpus/contents-lines.ts';
import type { Shape } from './corpus/shape.ts';
import { tarHeaders } from './corpus/tar-headers.ts';
import { treeEntries } from './corpus/tree-entries.ts';
import { newKeys } from './writer/archive.ts';

const program = fileURLToPath(new URL('../archive/stranger.py', import.meta.url));
const withPython = requireTool('python3') ? test : test.skip;
const keys = await newKeys();
const pool = new SegmentPool({ size: 2 });
afterAll(() => pool.close());

/** Only the manifest reveals this fault, and this reader gets only what is inside. */
const COUNTED = 'contents of fewer entries than counted';
const shapes = [...treeEntries, ...tarHeaders, ...contentsLines].filter(({ name }) => name !== COUNTED);

/** The plain bytes of the archive's tree; undefined when they cannot be read. */
const insideOf = async (shape: Shape) => {
  const archive = await openArchive(bytesSource(await shape.make(keys)), { trust: () => true });
  const { identity } = keys.archive;
  const segments: Record<string, string> = {};
  for (const [index, member] of archive.segments('files').entries())
    segments[index + 1] = (await openSegmentOn(pool, archive, member, identity)).toString('base64');
  const lines: Buffer[] = [];
  for (const { name, plainBytes = 0 } of archive.contents('files'))
    lines.push(await openPacked(archive, name, plainBytes, identity));
  return { component: 'files', segments, lines: Buffer.concat(lines).toString('base64') };
};

describe('ours and the reader made from the document agree on a tree [B5] [B8]', () => {
  let refusals: ReadonlyMap<Shape, string | undefined>;
  beforeAll(async () => {
    using folder = scratchFolder();
    const input = join(folder.path, 'input');
    const all: unknown[] = [];
    for (const shape of shapes) all.push(await insideOf(shape));
    writeFileSync(input, JSON.stringify(all));
    const { stdout, stderr } = spawnSync('python3', [program, '--inside', input], {
      encoding: 'utf8',
      maxBuffer: 256 * 1024 * 1024,
    });
    const found = stdout.split('\n').filter(Boolean);
    if (found.length !== shapes.length)
      throw new Error(`the stranger gave up on "${shapes[found.length]?.name}":\n${stderr}`);
    refusals = new Map(shapes.map((shape, index) => [shape, JSON.parse(found[index] ?? '').refusal]));
  }, 300_000);

  withPython.each(shapes.map((shape) => [shape.name, shape] as const))('%s', (_, shape) => {
    const refusal = refusals.get(shape);
    if (shape.refused.deep === undefined) expect(refusal).toBeUndefined();
    else expect(refusal).toMatch(/./);
  });
});
