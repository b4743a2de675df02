/**
 * Archives of buckets and tables that Holdfast did not make: signed valid tars with entries that the kinds
 * never write.
 */
import { afterAll, afterEach, describe, expect, test } from '@jest/globals';
import { dynamodb } from '../../../lib/components/dynamodb/dynamodb.ts';
import { s3 } from '../../../lib/components/s3/s3.ts';
import { type HandMadeEntry, handMadeComponent } from '../../archive/crafted/hand-made-component.ts';
import { type EngineArchive, makeEngineArchive } from '../../archive/samples/engine-archive.ts';
import { bucketSettings, type StubbedBuckets, startStubbedBuckets } from './buckets/stubbed-bucket.ts';
import { type CapturedArchive, pool, restoreTask } from './kind-round-trip.ts';
import { type StubbedTables, startStubbedTables, tableSettings } from './tables/stubbed-table.ts';

const running: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of running.splice(0)) await one.close();
});
afterAll(() => pool.close());

const capturedOf = ({ archive, identity }: EngineArchive): CapturedArchive => ({
  archive,
  identity,
  calls: 1,
  shards: 1,
  skipped: [],
  skippedCount: 0,
  details: {},
});

const MIB = 1024 * 1024;
/** The id of components made by hand. */
const id = 'files';

const lineOf = (key: string, more: object = {}): string => `${JSON.stringify({ key, ...more })}\n`;

describe('an archive of a bucket', () => {
  const attributes = (...lines: readonly string[]): HandMadeEntry => ({
    path: 'attributes/0/objects/a.jsonl',
    content: lines.join(''),
  });
  const sound: HandMadeEntry = { path: 'objects/a', content: 'of a' };
  const prepared = async (entries: readonly HandMadeEntry[]) => {
    const made = await makeEngineArchive({ [id]: handMadeComponent(entries) }, MIB);
    const started: StubbedBuckets = await startStubbedBuckets();
    running.push(started);
    started.s3.bucket('target');
    const task = restoreTask(
      { ...bucketSettings('source'), id },
      { buckets: started.buckets },
      capturedOf(made),
      { target: 's3://target', existing: 'overwrite' },
    );
    return { ...started, task };
  };

  test.each<[string, HandMadeEntry]>([
    ['an entry beside objects and attributes', { path: 'other/a', content: 'x' }],
    ['a second path of a key', { path: 'objects/%61', content: 'x' }],
    ['a path of a key that is escaped where nothing needs it', { path: 'objects/b%2Ec', content: 'x' }],
    ['a link', { path: 'objects/b', type: 'symlink', link: '/etc/passwd' }],
    ['a hard link', { path: 'objects/b', type: 'hardlink', link: 'objects/a' }],
    ['a folder', { path: 'objects/b', type: 'directory' }],
    ['a folder of attributes', { path: 'attributes/0/objects/b.jsonl', type: 'directory' }],
    ['a key that is not UTF-8', { path: 'objects/\xff', content: 'x' }],
  ])('with %s is refused, by the plan and by the restore [B8]', async (_, odd) => {
    const { task } = await prepared([attributes(lineOf('a')), sound, odd]);
    const refused = { code: 'archive_entry_refused', message: expect.stringContaining('do not trust') };
    await expect(s3.planRestore(task)).rejects.toMatchObject(refused);
    await expect(s3.restore(task)).rejects.toMatchObject(refused);
  });

  test.each<[string, string[]]>([
    ['no line', []],
    ['a line that is no JSON', ['{"key":"a",\n']],
    ['a line that is not what the format says', [lineOf('a', { metadata: 7 })]],
    ['a line of too many levels', [`{"key":"a","metadata":${'['.repeat(100_000)}${']'.repeat(100_000)}}\n`]],
  ])('restores an object of which it has %s, and names it; the others keep theirs [B7]', async (_, lines) => {
    const b = { path: 'objects/b', content: 'of b' };
    const described = attributes(...lines, lineOf('b', { contentType: 'text/x-own' }));
    const { task, s3: stub } = await prepared([described, sound, b]);
    expect(await s3.restore(task)).toMatchObject({
      entries: 2,
      skippedCount: 1,
      skipped: [{ path: 'a', reason: expect.stringMatching(/without its attributes/) }],
    });
    expect(stub.keys('target')).toEqual(['a', 'b']);
  });
});

describe('an archive of a table', () => {
  const key = { key: [{ name: 'id', type: 'HASH' }], attributes: [{ name: 'id', type: 'S' }] };
  const chunk = (n: number, ...lines: readonly string[]): HandMadeEntry => ({
    path: `items/00000/0000000${n}.jsonl`,
    content: lines.map((line) => `${line}\n`).join(''),
  });
  const item = (id: string): string => JSON.stringify({ id: { S: id } });
  const prepared = async (
    entries: readonly HandMadeEntry[],
    existing: 'refuse' | 'overwrite' = 'overwrite',
  ) => {
    const { capture } = handMadeComponent(entries);
    const made = await makeEngineArchive(
      { [id]: { capture: async (how) => ({ ...(await capture(how)), details: { schema: key } }) } },
      MIB,
    );
    const started: StubbedTables = await startStubbedTables();
    running.push(started);
    const task = restoreTask(
      { ...tableSettings('orders'), id },
      { tables: started.tables },
      capturedOf(made),
      { target: 'restored', existing },
    );
    return { ...started, task };
  };

  test.each<[string, HandMadeEntry]>([
    ['an entry beside the items', { path: 'other', content: 'x' }],
    ['items under another name', { path: 'items/0/1.jsonl', content: `${item('b')}\n` }],
    ['a link', { path: 'items/00000/00000002.jsonl', type: 'symlink', link: '/etc/passwd' }],
    ['a folder', { path: 'items/00000/00000002.jsonl', type: 'directory' }],
  ])('with %s is refused, by the plan and by the restore [B8]', async (_, odd) => {
    const { task } = await prepared([chunk(1, item('a')), odd]);
    const refused = { code: 'archive_entry_refused', message: expect.stringContaining('do not trust') };
    await expect(dynamodb.planRestore(task)).rejects.toMatchObject(refused);
    await expect(dynamodb.restore(task)).rejects.toMatchObject(refused);
  });

  const deep = (levels: number): string =>
    `{"id":{"S":"odd"},"d":${'{"L":['.repeat(levels)}${']}'.repeat(levels)}}`;
  test.each<[string, string, string]>([
    ['is no JSON', '{"id":{"S":"odd"}', 'a line of 17 characters'],
    ['is no item', '7', 'a line of 1 characters'],
    ['is a list', '[]', 'a line of 2 characters'],
    ['has a type that is not known', '{"id":{"S":"odd"},"x":{"Z":"1"}}', '{"id":{"S":"odd"}}'],
    ['has a text that is none', '{"id":{"S":"odd"},"x":{"S":5}}', '{"id":{"S":"odd"}}'],
    ['has a bit that is none', '{"id":{"S":"odd"},"x":{"BOOL":"true"}}', '{"id":{"S":"odd"}}'],
    ['has bytes that are none', '{"id":{"S":"odd"},"x":{"B":"a*b"}}', '{"id":{"S":"odd"}}'],
    ['has a map that is none', '{"id":{"S":"odd"},"x":{"M":5}}', '{"id":{"S":"odd"}}'],
    ['has a set of others', '{"id":{"S":"odd"},"x":{"NS":[5]}}', '{"id":{"S":"odd"}}'],
    ['has 3,000 levels', deep(3_000), '{"id":{"S":"odd"}}'],
    ['has 32,000 levels', deep(32_000), '{"id":{"S":"odd"}}'],
  ])('names an item that %s, and writes the others [B7]', async (_, line, shown) => {
    for (const existing of ['overwrite', 'refuse'] as const) {
      const { task, dynamodb: stub } = await prepared([chunk(1, item('a'), line, item('b'))], existing);
      expect(await dynamodb.restore(task)).toMatchObject({
        skippedCount: 1,
        skipped: [{ path: shown, reason: expect.stringContaining('is not an item of DynamoDB') }],
      });
      expect(stub.items('restored')).toHaveLength(2);
    }
  });

  test('comes back with 32 levels, which DynamoDB takes', async () => {
    const { task, dynamodb: stub } = await prepared([chunk(1, deep(32))]);
    expect(await dynamodb.restore(task)).toMatchObject({ skippedCount: 0 });
    expect(stub.items('restored').map((one) => JSON.stringify(one))).toEqual([deep(32)]);
  });

  test('fails when none of its lines is an item', async () => {
    const { task } = await prepared([chunk(1, '7', '[')]);
    await expect(dynamodb.restore(task)).rejects.toMatchObject({
      code: 'component_failed',
      message: expect.stringContaining('is not an item of DynamoDB'),
    });
  });
});
