/**
 * Compares three readers: ours, GNU tar as RECOVER.md uses it, and a reader written only from the format
 * document, which also checks with Python's tarfile. If ours accepts an archive, all three restore the same.
 * If readers could read an archive differently, ours and the reader from the document refuse it.
 */
import { spawnSync } from 'node:child_process';
import { lstatSync, mkdirSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { extractStream } from '../../lib/archive/extract/extract-stream.ts';
import { extractTar } from '../../lib/archive/extract/extract-tar.ts';
import { SegmentPool } from '../../lib/archive/threads/segment-pool.ts';
import { requireTool } from '../tools/debian-tools.ts';
import {
  type Crafted,
  componentOf,
  falsePieces,
  hiddenBytes,
  lyingHeaders,
  lyingStreams,
  oddLines,
  wrongPlaces,
  wrongRunOns,
  wrongTrees,
} from './crafted/crafted-components.ts';
import { randomTrees, soundTrees } from './crafted/sound-trees.ts';
import { makeEngineArchive } from './samples/engine-archive.ts';
import { describeTree, microsecondsOf, scratchFolder } from './samples/tree-fixtures.ts';
import { oddHeaders } from './tar/odd-headers.ts';

const pool = new SegmentPool({ size: 2 });
afterAll(() => pool.close());
const isRoot = process.geteuid?.() === 0;
const hasAll = ['tar' as const, 'python3' as const].every(requireTool);
const withAll = hasAll ? test : test.skip;
const named = (all: readonly Crafted[]): [string, Crafted][] => all.map((one) => [one.what, one]);

interface Seen {
  readonly path: string;
  readonly type: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly mtime: string;
  readonly link: string;
}

interface Found {
  readonly refusal?: string;
  readonly tree?: readonly Seen[];
}

/** The result of the reader from the document for each tree, all in one process, from their plain bytes. */
const seenByStranger = (all: readonly Crafted[]): ReadonlyMap<Crafted, Found> => {
  using folder = scratchFolder();
  const input = join(folder.path, 'input');
  const base64 = (bytes: string | Buffer): string => Buffer.from(bytes).toString('base64');
  const components = all.map(({ segments, lines, stream }) => ({
    component: 'files',
    segments: Object.fromEntries(segments.map((plain, index) => [index + 1, base64(plain)])),
    lines: base64(lines),
    stream,
  }));
  writeFileSync(input, JSON.stringify(components));
  const { stdout, stderr } = spawnSync(
    'python3',
    [join(import.meta.dirname, 'stranger.py'), '--inside', input],
    {
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
    },
  );
  const found = stdout.split('\n').filter(Boolean);
  if (found.length !== all.length)
    throw new Error(`the stranger gave up on "${all[found.length]?.what}":\n${stderr}`);
  return new Map(all.map((crafted, index) => [crafted, JSON.parse(found[index] ?? '')]));
};

/** The result of our reader: the code of a refusal, or a tree below `target`. */
const restore = async (crafted: Crafted, target: string): Promise<string> => {
  const { archive, identity } = await makeEngineArchive({ files: componentOf(crafted) });
  const options = { archive, identity, component: 'files', pool, restoreId: 'r-1' };
  try {
    if (crafted.stream === undefined) await extractTar({ ...options, target, existing: 'refuse' });
    else for await (const _ of extractStream(options));
    return 'taken';
  } catch (error) {
    return String(Object(error).code ?? error);
  }
};

const different = [
  ...oddHeaders,
  ...lyingHeaders,
  ...wrongPlaces,
  ...hiddenBytes,
  ...wrongRunOns,
  ...falsePieces,
  ...oddLines,
  ...wrongTrees,
  ...lyingStreams,
];
const SEED = Number(process.env.HOLDFAST_SEED ?? Math.floor(Math.random() * 2 ** 31));
console.log(`three-readers: SEED=${SEED}`);
const same = [...soundTrees, ...randomTrees(SEED, 40)];
let stranger: ReadonlyMap<Crafted, Found>;
beforeAll(() => {
  stranger = hasAll ? seenByStranger([...different, ...same]) : new Map();
});

describe('what readers could see differently is refused, also by who knows the document alone [B5] [B8]', () => {
  withAll.each(named(different))('%s', async (_, crafted) => {
    using folder = scratchFolder();
    expect(await restore(crafted, join(folder.path, 'target'))).toMatch(/^archive_(damaged|entry_refused)$/);
    expect(stranger.get(crafted)?.refusal).toMatch(/./);
  });
});

/** One line for each entry that the reader from the document saw, as it is on disk. */
const standing = (target: string, trees: readonly Seen[]): string[] =>
  trees.map(({ path }) => {
    const at = Buffer.concat([Buffer.from(`${target}/`), Buffer.from(path, 'hex')]);
    const stats = lstatSync(at, { bigint: true });
    const link = stats.isSymbolicLink() ? readlinkSync(at, 'buffer').toString('hex') : '';
    const mode = stats.isSymbolicLink() ? '' : (Number(stats.mode) & 0o7777).toString(8);
    return `${path} ${mode} ${stats.uid}:${stats.gid} ${microsecondsOf(stats.mtimeNs)} ${stats.isFile() ? stats.size : 0} ${link}`;
  });

const told = (trees: readonly Seen[]): string[] => {
  const byPath = new Map(trees.map((seen) => [seen.path, seen]));
  return trees.map(({ path, type, link, ...own }) => {
    // A hard link has the attributes of its file.
    const file = type === '1' ? byPath.get(link) : undefined;
    const { mode, uid, gid, size, mtime } = file ?? own;
    const [whole = '', fraction = '000000000'] = mtime.replace('-', '').split('.');
    const nanoseconds = BigInt(whole + fraction) * (mtime.startsWith('-') ? -1n : 1n);
    const target = type === '2' ? link : '';
    return `${path} ${type === '2' ? '' : mode.toString(8)} ${uid}:${gid} ${microsecondsOf(nanoseconds)} ${size} ${target}`;
  });
};
/** Warnings of tar about unusual times, and about a key that only states tar's default behaviour. */
const HARMLESS = /implausibly old time stamp|in the future|unknown extended header keyword 'hdrcharset'/;

describe('what ours takes is the same to all three [B5]', () => {
  (isRoot ? withAll : test.skip).each(named(same))('%s', async (_, crafted) => {
    using folder = scratchFolder();
    const [target, other] = [join(folder.path, 'ours'), join(folder.path, 'gnu')];
    const { tree = [], refusal } = stranger.get(crafted) ?? {};
    expect({ ours: await restore(crafted, target), refusal }).toEqual({ ours: 'taken', refusal: undefined });
    mkdirSync(other);
    // The command of RECOVER.md.
    const tar = spawnSync(
      'tar',
      ['-C', other, '--numeric-owner', '--ignore-zeros', '--delay-directory-restore', '-xpf', '-'],
      {
        input: Buffer.concat(crafted.segments),
        encoding: 'latin1',
      },
    );
    const complaints = tar.stderr.split('\n').filter((line) => line !== '' && !HARMLESS.test(line));
    expect({ status: tar.status, complaints }).toEqual({ status: 0, complaints: [] });
    expect(describeTree(target)).toEqual(describeTree(other));
    expect(standing(target, tree)).toEqual(told(tree));
    expect(tree).toHaveLength(entriesOf(crafted));
  });
});

const entriesOf = ({ lines }: Crafted): number => String(lines).split('\n').length - 1;
