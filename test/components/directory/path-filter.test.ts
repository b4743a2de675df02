import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from '@jest/globals';
import { byteStringOf } from '../../../lib/archive/tar/byte-string.ts';
import { walk } from '../../../lib/components/directory/walk.ts';
import { configSchema } from '../../../lib/model/config/config.ts';
import { parsePattern } from '../../../lib/model/path-pattern.ts';
import { scratchFolder } from '../../archive/samples/tree-fixtures.ts';
import { randomFrom, testSeed } from '../../random-pieces.ts';

const makeFiles = (root: string, paths: readonly string[]): void => {
  for (const path of paths) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), 'x');
  }
};

const PATHS = [
  'a (1)/photo.jpg',
  'a.log',
  'cache/one',
  'deep/cache/two',
  'deep/important.log',
  'deep/photos/three',
  'important.log',
  'photos',
  'x/line\nbreak/\nfour',
  'x/name1.txt',
  'x/name[1].txt',
  'x/{12-34}/five',
  'x/ä.txt',
] as const;

const kept = (
  options: { include?: string[]; exclude?: string[] },
  paths: readonly string[] = PATHS,
): string[] => {
  using root = scratchFolder();
  makeFiles(root.path, paths);
  const names = new Map(paths.map((path) => [String(byteStringOf(path)), path]));
  return [...walk(root.path, options)].flatMap(({ path }) => names.get(path) ?? []);
};
const left = (exclude: string[], paths?: readonly string[]): string[] => {
  const remaining = new Set(kept({ exclude }, paths));
  return (paths ?? PATHS).filter((path) => !remaining.has(path));
};

test.each([
  [['**/*.log', '!important.log'], ['a.log']],
  [
    ['*.log', '!/important.log'],
    ['a.log', 'deep/important.log'],
  ],
  [['cache/'], ['cache/one', 'deep/cache/two']],
  [['cache'], ['cache/one', 'deep/cache/two']],
  [['/cache'], ['cache/one']],
  [['deep/cache'], ['deep/cache/two']],
  [['photos/'], ['deep/photos/three']],
  [['photos'], ['deep/photos/three', 'photos']],
  [['x/**'], ['x/line\nbreak/\nfour', 'x/name1.txt', 'x/name[1].txt', 'x/{12-34}/five', 'x/ä.txt']],
  [['x/**/*'], ['x/line\nbreak/\nfour', 'x/name1.txt', 'x/name[1].txt', 'x/{12-34}/five', 'x/ä.txt']],
  [
    ['x/*', '!x/name1.txt'],
    ['x/line\nbreak/\nfour', 'x/name[1].txt', 'x/{12-34}/five', 'x/ä.txt'],
  ],
  [
    ['x/**', '!x/name1.txt'],
    ['x/line\nbreak/\nfour', 'x/name[1].txt', 'x/{12-34}/five', 'x/ä.txt'],
  ],
  [['**/four', 'line*'], ['x/line\nbreak/\nfour']],
  [['four'], []],
  [['name[1].txt'], ['x/name1.txt']],
  [['name\\[1\\].txt'], ['x/name[1].txt']],
  [
    ['name[!1]*', 'nam[[:alpha:]]1.*'],
    ['x/name1.txt', 'x/name[1].txt'],
  ],
  [['?.txt'], ['x/ä.txt']],
  [['{12-34}'], ['x/{12-34}/five']],
  [['*.{log,jpg}'], ['a (1)/photo.jpg', 'a.log', 'deep/important.log', 'important.log']],
  [['a (1)'], ['a (1)/photo.jpg']],
  [['**'], [...PATHS]],
  [['/**'], [...PATHS]],
])('exclude %j leaves out %j', (exclude, expected) => {
  expect(left(exclude)).toEqual(expected);
});

test.each([
  [['photos'], ['deep/photos/three', 'photos']],
  [['photos/'], ['deep/photos/three']],
  [['/photos'], ['photos']],
  [['/deep/photos/**'], ['deep/photos/three']],
  [['deep'], ['deep/cache/two', 'deep/important.log', 'deep/photos/three']],
  [['a (1)/**'], ['a (1)/photo.jpg']],
  [
    ['**/*.{log,txt}'],
    ['a.log', 'deep/important.log', 'important.log', 'x/name1.txt', 'x/name[1].txt', 'x/ä.txt'],
  ],
  [['**'], [...PATHS]],
  [['**/**'], [...PATHS]],
])('include %j keeps %j', (include, expected) => {
  expect(kept({ include })).toEqual(expected);
});

test('exclude wins over include, and what both leave is walked once', () => {
  expect(kept({ include: ['deep'], exclude: ['cache/'] })).toEqual([
    'deep/important.log',
    'deep/photos/three',
  ]);
});

test('names that are not UTF-8 are matched, an unknown byte as any character', () => {
  using root = scratchFolder();
  writeFileSync(
    Buffer.concat([Buffer.from(`${root.path}/caf`), Buffer.from([0xe9]), Buffer.from('.tmp')]),
    'x',
  );
  const paths = (exclude: string[]) => [...walk(root.path, { exclude })].map(({ path }) => path);
  expect(paths([])).toEqual(['.', 'caf\xe9.tmp']);
  for (const pattern of ['*.tmp', 'caf?.tmp', '**/*.tmp']) expect(paths([pattern])).toEqual(['.']);
});

test('each pattern that matched nothing is told as it is written', () => {
  using root = scratchFolder();
  makeFiles(root.path, PATHS);
  const walked = walk(root.path, {
    include: ['deep', 'deeper/', '*.{png,gif}'],
    exclude: ['cache/', 'tmp/', '!never', '*.{log,bak}', 'four'],
  });
  expect([...walked].length).toBeGreaterThan(2);
  expect(walked.report.unusedPatterns).toEqual([
    'include "deeper/"',
    'include "*.{png,gif}"',
    'exclude "tmp/"',
    'exclude "!never"',
    'exclude "four"',
  ]);
});

/** The configuration's error about such patterns; empty when it accepts them. */
const refused = (setting: string, patterns: string[]): string => {
  const component = { id: 'files', kind: 'directory', path: '/srv/files', [setting]: patterns };
  const { error } = configSchema.safeParse({ components: [component] });
  return (error?.issues ?? []).map(({ message }) => message).join('\n');
};

test('the configuration takes patterns that mean something, and "!" only where it takes something back', () => {
  expect(refused('exclude', ['**/*.tmp', 'cache', '!keep', 'a (1)/', '*.{a,b}', '# no comment', ' x '])).toBe(
    '',
  );
  expect(refused('include', ['!cache'])).toMatch(/write "cache" under "exclude"/);
});

test.each([
  ['', /at least|too small|>=1/i],
  ['/', /names nothing/],
  ['!', /names nothing/],
  ['./cache', /write "\/cache"/],
  ['a//b', /write "a\/b"/],
  ['a/./b/', /write "a\/b/],
  ['../other', /"\.\."/],
  ['name[1', /write "\\\\\["/],
  ['[z-a]', /goes backwards/],
  ['+(a|b)', /\{a,b\}/],
  ['*.!(log|tmp)', /\{a,b\}/],
  ['ends\\', /backslash/],
  ['/srv/files/cache', /"\/cache"/],
])('the configuration refuses the pattern %j with the right spelling', (pattern, words) => {
  for (const setting of ['include', 'exclude']) expect(refused(setting, [pattern])).toMatch(words);
});

const git = spawnSync('git', ['--version']).status === 0;
if (!git) process.stderr.write('\nSKIPPED: patterns are not held against git, which is not there\n');
(git ? test : test.skip)('for files, random patterns mean what git says that they mean', () => {
  const seed = testSeed();
  console.log(`path-filter: SEED=${seed}`);
  const random = randomFrom(seed);
  const pick = (from: readonly string[]): string => from[random(from.length)] ?? 'a';
  const NAMES = ['a', 'b', 'ab', 'a.b', 'c c', '(a)', '[a]', 'B', '-', '^', '{a}'];
  const PIECES = [
    'a',
    'b',
    '*',
    '?',
    '[ab]',
    '[!a]',
    '[^-a]',
    '[a-c]',
    '[]a]',
    '\\*',
    '\\[',
    '.',
    'c c',
    '(',
    '{a}',
    '**',
    '[[:upper:]]',
  ];
  const some = (most: number, from: readonly string[]): string[] =>
    Array.from({ length: 1 + random(most) }, () => pick(from));
  const pattern = (): string => {
    const names = Array.from({ length: 1 + random(3) }, () =>
      random(4) === 0 ? '**' : some(3, PIECES).join(''),
    );
    return `${random(4) === 0 ? '!' : ''}${random(3) === 0 ? '/' : ''}${names.join('/')}${random(3) === 0 ? '/' : ''}`;
  };
  const isUsable = (text: string): boolean => {
    try {
      return parsePattern(text).length === 1;
    } catch {
      return false;
    }
  };
  using root = scratchFolder();
  const files = [...new Set(Array.from({ length: 120 }, () => some(4, NAMES).join('/')))];
  for (const file of files) {
    if (existsSync(join(root.path, file))) continue;
    try {
      makeFiles(root.path, [file]);
    } catch {
      // There is a file where this path needs a folder.
    }
  }
  spawnSync('git', ['init', '-q'], { cwd: root.path });
  for (let round = 0; round < 60; round += 1) {
    const exclude = Array.from({ length: 1 + random(4) }, pattern).filter(isUsable);
    if (exclude.length === 0) continue;
    rmSync(join(root.path, '.git/info/exclude'), { force: true });
    mkdirSync(join(root.path, '.git/info'), { recursive: true });
    writeFileSync(join(root.path, '.git/info/exclude'), `${exclude.join('\n')}\n`);
    const listed = spawnSync('git', ['ls-files', '-z', '--others', '--exclude-standard'], {
      cwd: root.path,
      encoding: 'latin1',
    });
    const theirs = listed.stdout
      .split('\0')
      .filter((path) => path !== '')
      .sort();
    const ours = [...walk(root.path, { exclude: [...exclude, '/.git'] })]
      .filter((item) => 'type' in item && item.type === 'file')
      .map(({ path }) => path)
      .sort();
    const differ = [...ours, ...theirs].filter((path) => ours.includes(path) !== theirs.includes(path));
    expect({ exclude, differ }).toEqual({ exclude, differ: [] });
  }
});
