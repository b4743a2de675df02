import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { extractTar, planExtractTar } from '../../../lib/archive/extract/extract-tar.ts';
import { SegmentPool } from '../../../lib/archive/threads/segment-pool.ts';
import {
  type HandMadeEntry,
  handMadeSegments,
  linesOf,
  TAR_END,
  tarOf,
} from '../crafted/hand-made-component.ts';
import { makeEngineArchive } from '../samples/engine-archive.ts';
import { scratchFolder } from '../samples/tree-fixtures.ts';

const SEED = Number(process.env.HOLDFAST_SEED ?? Math.floor(Math.random() * 2 ** 31));
console.log(`hostile-contents: SEED=${SEED}`);

const pool = new SegmentPool({ size: 2 });
afterAll(() => pool.close());

interface Attempt {
  readonly segments: readonly Buffer[];
  readonly lines: string;
}

/**
 * Restores a signed archive of these segments and contents into `jail/target`, and reports changes outside
 * the target.
 */
const attempt = async ({ segments, lines }: Attempt) => {
  using folder = scratchFolder();
  const jail = join(folder.path, 'jail');
  const target = join(jail, 'target');
  mkdirSync(target, { recursive: true });
  writeFileSync(join(jail, 'evil'), 'mine');
  const { archive, identity } = await makeEngineArchive({ files: handMadeSegments(segments, lines) });
  const options = {
    archive,
    identity,
    component: 'files',
    pool,
    target,
    existing: 'overwrite' as const,
    restoreId: 'r-1',
  };
  const codeOf = (error: unknown): string => String(Object(error).code ?? error);
  const planned = await planExtractTar(options).then(() => 'planned', codeOf);
  const restored = await extractTar(options).then(() => 'restored', codeOf);
  return {
    planned,
    restored,
    outside: [...readdirSync(folder.path), ...readdirSync(jail)].filter(
      (name) => !['jail', 'target', 'evil'].includes(name),
    ),
    evil: readFileSync(join(jail, 'evil'), 'utf8'),
    inside: readdirSync(target),
  };
};

const line = (entry: object): string =>
  `${JSON.stringify({ mode: 0o644, mtime: '2023-11-14T22:13:20.000000000Z', uid: 0, gid: 0, ...entry })}\n`;
const SHA256 = '0'.repeat(64);

test('a file in pieces whose contents line leads out of the target is refused, by the plan too [B7] [B8]', async () => {
  const decoy = tarOf([{ path: 'decoy', content: 'd'.repeat(60_000) }]);
  const big = tarOf([{ path: 'big', content: 'e'.repeat(4096) }]);
  const segments = [decoy, big.subarray(0, 1024), Buffer.concat([big.subarray(1024), TAR_END])];
  const pieces = [
    { segment: 2, offset: 512, bytes: 512, sha256: SHA256 },
    { segment: 3, offset: 0, bytes: 3584, sha256: SHA256 },
  ];
  const evil = { path: '../evil', type: 'file', size: 4096, segment: 2, offset: 512, pieces };
  const attemptWith = (listed: object) =>
    attempt({ segments, lines: linesOf([{ path: 'decoy', content: 'd'.repeat(60_000) }]) + line(listed) });
  const untouched = { outside: [], inside: [], evil: 'mine' };
  expect(await attemptWith(evil)).toMatchObject({
    planned: 'archive_entry_refused',
    restored: 'archive_entry_refused',
    ...untouched,
  });
  // Two lines give different places for the beginning of the entry.
  expect(await attemptWith({ ...evil, segment: 1, offset: 0 })).toMatchObject({
    planned: 'archive_damaged',
    restored: 'archive_damaged',
    ...untouched,
  });
});

test('pieces that do not begin where their entry does are refused [B8]', async () => {
  const big = tarOf([{ path: 'big', content: 'e'.repeat(1024) }]);
  const pieces = [
    { segment: 2, offset: 512, bytes: 512, sha256: SHA256 },
    { segment: 3, offset: 0, bytes: 512, sha256: SHA256 },
  ];
  const found = await attempt({
    segments: [
      tarOf([{ path: 'a', content: 'x' }]),
      big.subarray(0, 1024),
      Buffer.concat([big.subarray(1024), TAR_END]),
    ],
    lines:
      linesOf([{ path: 'a', content: 'x' }]) +
      line({ path: 'big', type: 'file', size: 1024, segment: 1, offset: 0, pieces }),
  });
  expect(found).toMatchObject({ planned: 'archive_damaged', restored: 'archive_damaged', inside: [] });
});

for (const [what, entries] of [
  ['an entry below a file', [{ path: 'a', content: 'x' }, { path: 'a/b' }]],
  ['an entry below a symlink', [{ path: 'a', type: 'symlink', link: '..' }, { path: 'a/evil' }]],
  ['a file above an entry that stands before it', [{ path: 'a/b', content: 'x' }, { path: 'a' }]],
  [
    'a hard link to a directory',
    [
      { path: 'a', type: 'directory' },
      { path: 'b', type: 'hardlink', link: 'a' },
    ],
  ],
  ['a hard link to a later file', [{ path: 'a', type: 'hardlink', link: 'b' }, { path: 'b' }]],
] as const satisfies readonly (readonly [string, readonly HandMadeEntry[]])[]) {
  test(`${what} is refused before anything is written [B8]`, async () => {
    const found = await attempt({
      segments: [Buffer.concat([tarOf(entries), TAR_END])],
      lines: linesOf(entries),
    });
    expect(found).toMatchObject({
      planned: 'archive_entry_refused',
      restored: 'archive_entry_refused',
      outside: [],
      inside: [],
    });
  });
}

test('a tar that ends after the part of each task is one tree', async () => {
  const first = [{ path: 'a', content: 'x' }];
  const second = [{ path: 'b', content: 'y' }];
  const found = await attempt({
    segments: [Buffer.concat([tarOf(first), TAR_END]), Buffer.concat([tarOf(second), TAR_END])],
    lines: linesOf(first) + linesOf(second, 2),
  });
  expect(found).toMatchObject({ restored: 'restored', inside: ['a', 'b'] });
});

const hostilePath = fc
  .array(fc.constantFrom('..', '.', '', 'a', 'evil', 'target', 'b', '\0', '\u00ff'), {
    minLength: 1,
    maxLength: 4,
  })
  .map((parts) => parts.join('/'));
/**
 * A line that is not a valid entry would be refused at once, so most of these lines have the keys that their
 * types require.
 */
const asItsType = (entry: {
  type: string;
  link: string | undefined;
  pieces: unknown[] | undefined;
  size: number;
}) => {
  const { link, pieces, ...rest } = entry;
  if (rest.type === 'symlink' || rest.type === 'hardlink') return { ...rest, size: 0, link: link ?? 'a' };
  if (rest.type === 'directory') return { ...rest, size: 0 };
  return pieces === undefined ? { ...rest, sha256: SHA256 } : { ...rest, pieces };
};
const anyEntry = fc.record({
  path: hostilePath,
  type: fc.constantFrom('file', 'directory', 'symlink', 'hardlink', 'object'),
  size: fc.constantFrom(0, 1, 512, 513, 1024, 5000),
  link: fc.option(hostilePath, { nil: undefined }),
  segment: fc.integer({ min: 1, max: 4 }),
  offset: fc.constantFrom(0, 512, 1024),
  pieces: fc.option(
    fc.array(
      fc.record({
        segment: fc.integer({ min: 1, max: 4 }),
        offset: fc.constantFrom(0, 512),
        bytes: fc.constantFrom(0, 1, 512, 1024),
        sha256: fc.constant(SHA256),
      }),
      { minLength: 2, maxLength: 3 },
    ),
    { nil: undefined },
  ),
});
const hostileEntry = fc.oneof(
  { weight: 1, arbitrary: anyEntry },
  { weight: 5, arbitrary: anyEntry.map(asItsType) },
);
const hostileTar = fc
  .array(
    fc.record({
      path: hostilePath,
      content: fc.constantFrom('', 'x', 'y'.repeat(600)),
      type: fc.constantFrom('file', 'directory', 'symlink', 'hardlink'),
      link: hostilePath,
    }),
    { maxLength: 3 },
  )
  .map((entries) =>
    tarOf(
      entries.map((entry) => (entry.type === 'file' ? { ...entry, link: '' } : { ...entry, content: '' })),
    ),
  );

test('whatever signed contents and segments say, nothing outside of the target is touched [B8]', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(hostileTar, { minLength: 1, maxLength: 3 }),
      fc.array(hostileEntry, { minLength: 1, maxLength: 4 }),
      fc.boolean(),
      async (segments, listed, ended) => {
        const found = await attempt({
          segments: segments.map((tar) => (ended ? Buffer.concat([tar, TAR_END]) : tar)),
          lines: listed.map(line).join(''),
        });
        expect(found).toMatchObject({ outside: [], evil: 'mine' });
        expect(found.restored).toMatch(/^(restored|archive_\w+|not_in_archive|TargetConflict.*)$/);
      },
    ),
    { seed: SEED, numRuns: 60, endOnFailure: true },
  );
});
