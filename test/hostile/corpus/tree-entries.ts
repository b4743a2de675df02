/** Trees that try to write outside their target, and harmless names that only look like it. */
import { ABSOLUTE } from '../jail.ts';
import { headerOf, type TreeEntry } from '../writer/tree.ts';
import { archiveOfTree, badContents, badPlaces, harmless, type Shape } from './shape.ts';

const REFUSED = 'archive_entry_refused';
const DAMAGED = 'archive_damaged';

const ROOT: TreeEntry = { path: '.', flag: '5', mode: 0o755 };
const tree = (...entries: TreeEntry[]): Shape['make'] =>
  archiveOfTree([ROOT, ...entries], undefined, { segmentBytes: 131_072 });

/** The stages that refuse an entry because of its own line. */
const planned = { deep: REFUSED, entries: REFUSED, plan: REFUSED, restore: REFUSED };
/**
 * The stages that refuse entries because of each other. Objects of a bucket have no such rules, except that
 * no name may occur twice.
 */
const together = { deep: REFUSED, plan: REFUSED, restore: REFUSED };
const isTwice = (entries: readonly TreeEntry[]): boolean =>
  new Set(entries.map(({ path }) => path)).size < entries.length;

const paths: readonly (readonly [string, string])[] = [
  ['absolute', `${ABSOLUTE}/file`],
  ['that is the root of the file system', '/'],
  ['with two slashes before it', `//${ABSOLUTE}`],
  ['that is ..', '..'],
  ['that begins with ..', '../evil'],
  ['that goes up and down', 'a/../../evil'],
  ['that goes up at its end', 'a/..'],
  ['that goes up and stays', 'a/../b'],
  ['with a dot in it', 'a/./b'],
  ['that begins with a dot', './a'],
  ['that ends in a dot', 'a/.'],
  ['that is a dot, of a file', '.'],
  ['with an empty part', 'a//b'],
  ['that is empty', ''],
  ['that ends in a slash, of a file', 'a/'],
];

const twoOf = (first: Partial<TreeEntry>, second: Partial<TreeEntry>): TreeEntry[] => [
  { path: 'a', ...first },
  { path: 'a', ...second },
];

const trees: readonly (readonly [string, readonly TreeEntry[]])[] = [
  ['a file twice', twoOf({ content: '1' }, { content: '2' })],
  ['a directory twice', twoOf({ flag: '5' }, { flag: '5' })],
  ['a link, and a file of its name', twoOf({ flag: '2', link: '../../evil' }, { content: 'x' })],
  ['a directory, and a link of its name', twoOf({ flag: '5' }, { flag: '2', link: '..' })],
  [
    'a file below a file',
    [
      { path: 'a', content: 'x' },
      { path: 'a/b', content: 'x' },
    ],
  ],
  [
    'a file below a link that leads out',
    [
      { path: 'a', flag: '2', link: '../../outside' },
      { path: 'a/evil', content: 'x' },
    ],
  ],
  [
    'a file below a link to a directory of its own',
    [
      { path: 'd', flag: '5' },
      { path: 'l', flag: '2', link: 'd' },
      { path: 'l/x', content: 'x' },
    ],
  ],
  [
    'a file below a hard link',
    [
      { path: 'a', content: 'x' },
      { path: 'b', flag: '1', link: 'a' },
      { path: 'b/c', content: 'x' },
    ],
  ],
  [
    'a link above what stands before it',
    [
      { path: 'a/b', content: 'x' },
      { path: 'a', flag: '2', link: '..' },
    ],
  ],
  [
    'a hard link to a later file',
    [
      { path: 'a', flag: '1', link: 'b' },
      { path: 'b', content: 'x' },
    ],
  ],
  ['a hard link to itself', [{ path: 'a', flag: '1', link: 'a' }]],
  [
    'a hard link to a directory',
    [
      { path: 'a', flag: '5' },
      { path: 'b', flag: '1', link: 'a' },
    ],
  ],
  [
    'a hard link to a symbolic link',
    [
      { path: 'a', flag: '2', link: '/etc/passwd' },
      { path: 'b', flag: '1', link: 'a' },
    ],
  ],
  [
    'a hard link to a hard link',
    [
      { path: 'a', content: 'x' },
      { path: 'b', flag: '1', link: 'a' },
      { path: 'c', flag: '1', link: 'b' },
    ],
  ],
  ['a hard link to nothing', [{ path: 'a', flag: '1', link: 'b' }]],
];

/** Trees in which a single entry is at fault. */
const links: readonly (readonly [string, readonly TreeEntry[], Shape['refused']])[] = [
  ['a hard link to ..', [{ path: 'a', flag: '1', link: '../evil' }], planned],
  ['a hard link to an absolute path', [{ path: 'a', flag: '1', link: '/etc/passwd' }], planned],
  ['a hard link without a target', [{ path: 'a', flag: '1', link: '' }], badContents(DAMAGED)],
  ['a symbolic link without a target', [{ path: 'a', flag: '2', link: '' }], badContents(DAMAGED)],
  ['a root that is a link', [{ path: '.', flag: '2', link: '/etc' }], planned],
];

const names: readonly (readonly [string, string])[] = [
  ['with a line feed', 'a\nb'],
  ['with a carriage return', 'a\rb'],
  ['with an escape that clears the screen', '\u001b[2J\u001b[H'],
  ['with an escape that sets the title', '\u001b]0;owned\u0007'],
  ['with a backspace', 'a\b\b\bz'],
  ['with the mark that turns the direction', Buffer.from('photo\u202egnp.exe').toString('latin1')],
  ['that is not UTF-8', 'a\xff\xfe'],
  ['with a half of a character', 'a\xe2\x82'],
  ['of 255 bytes', 'x'.repeat(255)],
  ['with a backslash', '..\\..\\evil'],
  ['with a dollar and backticks', '$(touch evil)`touch evil`'],
  ['that begins with a dash', '-rf'],
  ['with a star', '*'],
  ['with a space at its end', 'a '],
  ['that is three dots', '...'],
  ['that is a tilde', '~'],
  ['with a colon', 'C:evil'],
  ['that is a drive', 'C:\\evil'],
  ['called __proto__', '__proto__'],
  ['called constructor', 'constructor'],
];

const pieceShapes: readonly Shape[] = [
  {
    name: 'a tree with a name of 100 bytes and a directory of 99',
    make: tree({ path: 'x'.repeat(99), flag: '5' }, { path: 'y'.repeat(100), content: 'z' }),
    refused: harmless,
  },
  {
    name: 'a tree with a name that needs a prefix, and one that needs pax',
    make: tree(
      { path: 'p'.repeat(120), flag: '5' },
      { path: `${'p'.repeat(120)}/${'q'.repeat(90)}`, content: 'z' },
      { path: `${'p'.repeat(120)}/${'r'.repeat(200)}`, content: 'z' },
    ),
    refused: harmless,
  },
  {
    name: 'a tree with a header at the end of a segment, and all of its content in the next one',
    make: tree(
      { path: 'a', content: 'x'.repeat(131_072 - 3 * 512) },
      { path: 'b', content: 'y', apart: true },
    ),
    refused: badPlaces(DAMAGED),
  },
  {
    name: 'a tree that lists nothing, and holds a file where its end should be',
    make: archiveOfTree([], undefined, {
      end: Buffer.concat([headerOf({ path: 'hidden' }), Buffer.alloc(512)]),
    }),
    refused: { deep: DAMAGED, entries: DAMAGED, restore: DAMAGED },
  },
  {
    name: 'a tree that lists nothing, and holds nothing',
    make: archiveOfTree([]),
    refused: harmless,
  },
  {
    name: 'a tree with the link of 4,000 bytes',
    make: tree({ path: 'a', flag: '2', link: 'x/'.repeat(2_000) }),
    refused: harmless,
  },
  {
    name: 'a tree with links that lead out, which nothing goes through',
    make: tree(
      { path: 'a', flag: '2', link: '/etc/passwd' },
      { path: 'b', flag: '2', link: '../../..' },
      { path: 'c', flag: '2', link: 'c' },
    ),
    refused: harmless,
  },
  {
    name: 'a tree over names in the target that lead out',
    make: tree({ path: 'c', content: 'x' }, { path: 'd', content: 'y' }, { path: 'e', content: 'z' }),
    prepared: true,
    refused: harmless,
  },
  {
    name: 'a tree over a folder in the target that leads out',
    make: tree({ path: 'b', flag: '5' }, { path: 'b/file', content: 'x' }),
    prepared: true,
    refused: { plan: 'target_conflict', restore: 'target_conflict' },
  },
  {
    name: 'a tree below a folder in the target that leads out, its folder not listed',
    make: tree({ path: 'b/file', content: 'x' }),
    prepared: true,
    refused: { plan: 'target_conflict', restore: 'target_conflict' },
  },
  {
    name: 'a tree with a hard link over a name in the target that leads out',
    make: tree(
      { path: 'a', content: 'x' },
      { path: 'c', flag: '1', link: 'a' },
      { path: 'd', flag: '1', link: 'a' },
    ),
    prepared: true,
    refused: harmless,
  },
  {
    name: 'a tree whose hard link is to a file that was kept and leads out',
    make: tree({ path: 'c', content: 'x' }, { path: 'f', flag: '1', link: 'c' }),
    prepared: true,
    existing: 'skip',
    refused: harmless,
  },
  {
    name: 'a tree of the staging folder of another restore',
    make: tree(
      { path: '.holdfast-r-2', flag: '5' },
      { path: '.holdfast-r-2/tree', flag: '5' },
      { path: '.holdfast-r-2/x', content: 'x' },
    ),
    refused: harmless,
  },
];

/** Objects as a bucket lists them: `a` beside `a/b`, in an order different from a walk's. */
const objects: readonly (readonly [string, readonly string[], Shape['refused']])[] = [
  ['an object twice', ['objects/a', 'objects/a'], planned],
  ['an object twice, with others between', ['objects/a', 'objects/b', 'objects/c', 'objects/a'], planned],
  ['an object twice, of which the second one is the last', ['objects/c', 'objects/b', 'objects/c'], planned],
  ['objects in no order', ['objects/c', 'objects/a', 'objects/b'], harmless],
  [
    'attributes and objects in turns',
    ['attributes/0/x', 'objects/a', 'attributes/1/x', 'objects/b'],
    harmless,
  ],
];

export const treeEntries: readonly Shape[] = [
  ...paths.map(([what, path]) => ({
    name: `a path ${what}`,
    make: tree({ path, content: 'x' }),
    refused: planned,
  })),
  ...trees.map(([what, entries]) => ({
    name: `a tree of ${what}`,
    make: tree(...entries),
    refused: isTwice(entries) ? planned : together,
  })),
  ...objects.map(([what, paths, refused]) => ({
    name: `a bucket of ${what}`,
    make: archiveOfTree(
      paths.map((path) => ({ path, content: 'x', line: (line) => ({ ...line, type: 'object' }) })),
      (component) => ({ ...component, kind: 's3' }),
    ),
    refused,
  })),
  ...links.map(([what, entries, refused]) => ({
    name: `a tree of ${what}`,
    make: tree(...entries),
    refused,
  })),
  ...names.map(([what, path]) => ({
    name: `a name ${what}`,
    make: tree(
      { path, content: 'x' },
      { path: `${path.slice(0, 250)}-dir`, flag: '5' },
      { path: `${path.slice(0, 250)}-lnk`, flag: '2', link: path },
    ),
    refused: harmless,
  })),
  {
    name: 'a name with a NUL',
    make: tree({ path: 'a\0b', content: 'x' }),
    refused: planned,
  },
  ...pieceShapes,
];
