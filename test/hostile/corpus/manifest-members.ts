/** Manifests whose list of members is not allowed by the document, or differs from the file. */
import { type Part, streamComponent } from '../writer/archive.ts';
import { dropKey, member, putMember, putSummary, type Rule, shapeOf } from './manifest-bends.ts';
import { harmless, type Shape, unverified } from './shape.ts';

const BOMB = 'archive_bomb';
const DAMAGED = 'archive_damaged';

const SEGMENT = 'components/files/00000001.tar.zst.age';
const CONTENTS = 'contents/files/00000001.jsonl.zst.age';

/** Renames a member, in the manifest and in the file. */
const renamed = (from: string, to: string) => (parts: Part[]) =>
  parts.map((part) => (part.name === from ? { ...part, name: to } : part));

const moved = (name: string, to: number) => (parts: Part[]) => {
  const found = parts.find((part) => part.name === name);
  const rest = parts.filter((part) => part !== found);
  if (found === undefined) throw new Error(`nothing to move: ${name}`);
  return rest.toSpliced(to, 0, found);
};

const without = (name: string) => (parts: Part[]) => parts.filter((part) => part.name !== name);
const twice = (name: string) => (parts: Part[]) =>
  parts.flatMap((part) => (part.name === name ? [part, part] : [part]));

const odd: readonly string[] = [
  'components/files/1.tar.zst.age',
  'components/files/00000000.tar.zst.age',
  'components/files/000000001.tar.zst.age',
  'components/files/-0000001.tar.zst.age',
  'components/files/0x000001.tar.zst.age',
  'components/files/00000001.tar.gz.age',
  'components/files/00000001.TAR.zst.age',
  'components/files/00000001.tar.zst',
  'components/files/../00000001.tar.zst.age',
  'components/../../etc/00000001.tar.zst.age',
  'components/files/00000001.tar.zst.age/',
  '/components/files/00000001.tar.zst.age',
  './components/files/00000001.tar.zst.age',
  'components//00000001.tar.zst.age',
  'components/files/sub/00000001.tar.zst.age',
  'segments/files/00000001.tar.zst.age',
  'verify.key',
  'manifest.json',
  'manifest.sig',
  'x',
];

const ofMembers: readonly Rule[] = [
  ...odd.map((name) => ({ name: `a segment called ${name}`, parts: renamed(SEGMENT, name) })),
  {
    name: 'a segment of a component that is not there',
    parts: renamed(SEGMENT, 'components/other/00000001.tar.zst.age'),
  },
  {
    name: 'a segment of a component called constructor that is not there',
    parts: renamed(SEGMENT, 'components/constructor/00000001.tar.zst.age'),
  },
  {
    name: 'contents of a component that is not there',
    parts: renamed(CONTENTS, 'contents/other/00000001.jsonl.zst.age'),
  },
  {
    name: 'a segment of a stream in a tree',
    parts: renamed(SEGMENT, 'components/files/00000001.dump.zst.age'),
  },
  {
    name: 'a segment of a tree in a stream',
    parts: renamed(
      'components/database/00000001.database.dump.zst.age',
      'components/database/00000001.tar.zst.age',
    ),
  },
  { name: 'contents that end in tar', parts: renamed(CONTENTS, 'contents/files/00000001.tar.zst.age') },
  { name: 'the head second', parts: moved('holdfast.json', 1) },
  { name: 'the head left out', parts: without('holdfast.json') },
  { name: 'RECOVER.md left out', parts: without('RECOVER.md') },
  { name: 'RECOVER.md twice', parts: twice('RECOVER.md') },
  { name: 'the key left out', parts: without('key.age') },
  { name: 'the key twice', parts: twice('key.age') },
  { name: 'the key before the segments', parts: moved('key.age', 2) },
  { name: 'a segment twice', parts: twice(SEGMENT) },
  { name: 'a segment left out', parts: without(SEGMENT) },
  { name: 'contents left out', parts: without(CONTENTS) },
  { name: 'contents twice', parts: twice(CONTENTS) },
  {
    name: 'entries of a component that has neither segments nor contents',
    parts: (parts) => without(CONTENTS)(without(SEGMENT)(parts)),
  },
  {
    name: 'segments in descending order',
    parts: moved('components/database/00000002.database.dump.zst.age', 2),
  },
  { name: 'a segment behind the key', parts: (parts) => moved(SEGMENT, parts.length - 1)(parts) },
  { name: 'an empty list of members', parts: () => [] },
  {
    name: 'a log in the middle',
    plan: (plan) => ({ ...plan, log: 'line\n' }),
    parts: (parts) => moved('backup.log.age', 2)(parts),
  },
  { name: 'a log twice', plan: (plan) => ({ ...plan, log: 'line\n' }), parts: twice('backup.log.age') },
  { name: 'a segment without its plain bytes', manifest: dropKey((m) => member(m, SEGMENT), 'plainBytes') },
  { name: 'a key with plain bytes', manifest: putMember('key.age', { plainBytes: 5 }) },
  { name: 'a segment with a count of entries', manifest: putMember(SEGMENT, { entries: 5 }) },
  {
    name: 'contents without their first segment',
    manifest: dropKey((m) => member(m, CONTENTS), 'firstSegment'),
  },
  {
    name: 'a segment larger than segments are',
    code: BOMB,
    manifest: putMember(SEGMENT, { plainBytes: 65_537 }),
  },
  {
    name: 'contents larger than contents are',
    code: BOMB,
    manifest: putMember(CONTENTS, { plainBytes: 512 * 1024 * 1024 + 1 }),
  },
  {
    name: 'contents of 65,537 entries',
    manifest: (m) => {
      member(m, CONTENTS).entries = 65_537;
    },
  },
  {
    name: 'contents that begin behind their segment',
    manifest: putMember(CONTENTS, { firstSegment: 2 }),
  },
  {
    name: 'contents that go on behind the last segment',
    manifest: putMember(CONTENTS, { lastSegment: 2 }),
  },
  { name: 'contents from segment 0', manifest: putMember(CONTENTS, { firstSegment: 0 }) },
  {
    name: 'contents of segments beyond all numbers',
    manifest: putMember(CONTENTS, { lastSegment: 2 ** 53 - 1 }),
  },
  {
    name: 'a size of a block too much',
    code: 'archive_cut',
    manifest: putMember('RECOVER.md', { size: 600 }),
  },
  { name: 'a size beyond ustar', manifest: putMember(SEGMENT, { size: 8 ** 11 }) },
  {
    name: 'a size of 2 to the 53 less one',
    manifest: putMember('RECOVER.md', { size: 2 ** 53 - 1 }),
  },
  { name: 'a hash in capitals', manifest: putMember(SEGMENT, { sha256: 'A'.repeat(64) }) },
  {
    name: 'a hash with a line feed',
    manifest: putMember(SEGMENT, { sha256: `${'a'.repeat(64)}\n` }),
  },
  { name: 'a member with an unknown key', manifest: putMember(SEGMENT, { mode: 5 }) },
  {
    name: 'a name longer than names are',
    manifest: putMember(SEGMENT, { name: `components/${'x'.repeat(300)}/1` }),
  },
  {
    name: 'a head of more than a mebibyte',
    parts: (parts) => withBytes(parts, 'holdfast.json', Buffer.alloc(1024 * 1024 + 1, ' ')),
  },
  {
    name: 'a RECOVER.md of more than a mebibyte',
    parts: (parts) => withBytes(parts, 'RECOVER.md', Buffer.alloc(1024 * 1024 + 1, ' ')),
  },
  {
    name: 'a key of more than a mebibyte',
    parts: (parts) => withBytes(parts, 'key.age', Buffer.alloc(1024 * 1024 + 1)),
  },
];

const withBytes = (parts: readonly Part[], name: string, bytes: Buffer): Part[] =>
  parts.map((part) => (part.name === name ? { ...part, bytes } : part));

const allowed: readonly Rule[] = [
  {
    name: 'a component called constructor',
    plan: (plan) => ({
      ...plan,
      components: plan.components.map((one) => (one.id === 'files' ? { ...one, id: 'constructor' } : one)),
    }),
  },
  {
    name: 'a component called 0',
    plan: (plan) => ({
      ...plan,
      components: plan.components
        .map((one) => (one.id === 'database' ? { ...one, id: '0' } : one))
        .toReversed(),
    }),
  },
  { name: 'an empty set of components', plan: (plan) => ({ ...plan, components: [] }) },
  { name: 'a kind that nobody knows', manifest: putSummary({ kind: 'toaster' }) },
  {
    name: 'a component of 63 letters',
    plan: (plan) => ({
      ...plan,
      components: plan.components.map((one) => (one.id === 'files' ? { ...one, id: 'x'.repeat(63) } : one)),
    }),
  },
  {
    name: 'numbers of segments that leap',
    plan: (plan) => ({
      ...plan,
      components: plan.components.map((one) =>
        one.id === 'files'
          ? {
              ...one,
              segments: one.segments.map((segment) => ({ ...segment, number: 123_456_789_012 })),
              contents: one.contents.map((contents) => ({
                ...contents,
                number: 99_999_999,
                lines: String(contents.lines).replaceAll('"segment":1', '"segment":123456789012'),
                lastSegment: 123_456_789_012,
                firstSegment: 5,
              })),
            }
          : one,
      ),
    }),
  },
  {
    name: 'a member whose name needs a prefix',
    plan: (plan) => ({
      ...plan,
      components: plan.components.map((one) =>
        one.id === 'database'
          ? streamComponent([Buffer.from('a'), Buffer.from('b')], {
              id: 'y'.repeat(63),
              stream: 'z'.repeat(41),
            })
          : one,
      ),
    }),
  },
  { name: 'RECOVER.md empty', plan: (plan) => ({ ...plan, recover: Buffer.alloc(0) }) },
  {
    name: 'RECOVER.md that is not UTF-8',
    plan: (plan) => ({ ...plan, recover: Buffer.from([0xff, 0, 0x1b, 0x5d]) }),
  },
  { name: 'times with offsets', head: { createdAt: '2026-11-20T03:00:00.250+14:00' } },
];

export const manifestMembers: readonly Shape[] = [
  ...ofMembers.map((rule) => shapeOf({ ...rule, name: `a manifest with ${rule.name}` })),
  ...allowed.map((rule) => shapeOf({ ...rule, name: `a manifest with ${rule.name}` }, harmless)),
  shapeOf(
    {
      name: 'a manifest with a size one byte too small',
      manifest: putMember('RECOVER.md', { size: 29 }),
    },
    unverified(DAMAGED),
  ),
];
