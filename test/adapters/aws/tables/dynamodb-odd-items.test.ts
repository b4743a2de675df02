import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, describe, expect, test } from '@jest/globals';
import { extractEntries } from '../../../../lib/archive/extract/extract-entries.ts';
import type { Json } from '../../../../lib/components/component-kind.ts';
import { dynamodb as kind } from '../../../../lib/components/dynamodb/dynamodb.ts';
import { HoldfastError } from '../../../../lib/model/errors.ts';
import { planWhole } from '../../../components/plan-whole.ts';
import { type FaultRule, refusal } from '../../../stubs/faults.ts';
import type { StubItem, StubTable } from '../../../stubs/stub-dynamodb.ts';
import { type CapturedArchive, captureArchive, pool, restoreTask, taskOf } from '../kind-round-trip.ts';
import { type StubbedTables, startStubbedTables, tableSettings } from './stubbed-table.ts';

const running: StubbedTables[] = [];
afterEach(async () => {
  for (const one of running.splice(0)) await one.close();
});
afterAll(() => pool.close());

const plain: StubTable['made'] = {
  KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
  AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
};
const itemsOf = (count: number): StubItem[] =>
  Array.from({ length: count }, (_, n) => ({
    id: { S: `item ${String(n).padStart(4, '0')}` },
    n: { N: String(n) },
  }));
/** JSON.parse makes own properties of all names, also of `__proto__`. */
const parsed = (text: string): StubItem => JSON.parse(text);

const start = async (fault?: FaultRule, options?: { maxAttempts?: number }): Promise<StubbedTables> => {
  const started = await startStubbedTables(fault, options);
  running.push(started);
  return started;
};
const captured = (
  { tables }: StubbedTables,
  options: Parameters<typeof captureArchive>[3] = {},
): Promise<CapturedArchive> => captureArchive(kind, tableSettings('orders'), { tables }, options);
const taskFor = (
  { tables }: StubbedTables,
  archive: CapturedArchive,
  existing: 'refuse' | 'skip' | 'overwrite' = 'refuse',
) => restoreTask(tableSettings('orders'), { tables }, archive, { target: 'restored', existing });
const sorted = (items: readonly StubItem[]): string[] => items.map((item) => JSON.stringify(item)).sort();

describe('a table that is made anew [B6]', () => {
  const once =
    (operation: string, fault: ReturnType<FaultRule>, times = 1): FaultRule =>
    (call) =>
      call.operation === operation && call.target === 'restored' && call.nth <= times ? fault : undefined;
  const prepared = async (fault?: FaultRule): Promise<StubbedTables> => {
    const started = await start(fault);
    started.dynamodb.creatingAnswers = 2;
    const table = started.dynamodb.table(
      'orders',
      {
        ...plain,
        Tags: [
          { Key: '__proto__', Value: 'x' },
          { Key: 'team', Value: 'shop' },
        ],
      },
      itemsOf(60),
    );
    table.timeToLive = 'expires';
    return started;
  };

  test.each<[string, FaultRule]>([
    ['the time to live is throttled', once('UpdateTimeToLive', refusal(400, 'ThrottlingException'), 3)],
    [
      'the time to live has too many changes beside it',
      once('UpdateTimeToLive', refusal(400, 'LimitExceededException')),
    ],
    [
      'the description is throttled',
      ({ operation, target, nth }) =>
        operation === 'DescribeTable' && target === 'restored' && nth === 3
          ? refusal(400, 'ThrottlingException')
          : undefined,
    ],
    ['the creation is throttled', once('CreateTable', refusal(400, 'ThrottlingException'), 2)],
    ['too many tables are made at once', once('CreateTable', refusal(400, 'LimitExceededException'))],
  ])('is whole though %s', async (_, fault) => {
    const started = await prepared(fault);
    expect(await kind.restore(taskFor(started, await captured(started)))).toMatchObject({ skippedCount: 0 });
    expect(started.dynamodb.tables.get('restored')).toMatchObject({ timeToLive: 'expires' });
    expect(started.dynamodb.tables.get('restored')?.made.Tags).toEqual([
      { Key: '__proto__', Value: 'x' },
      { Key: 'team', Value: 'shop' },
    ]);
    expect(started.dynamodb.items('restored')).toHaveLength(60);
  });

  test.each(['CreateTable', 'DescribeTable', 'UpdateTimeToLive', 'DescribeTimeToLive'])(
    'is whole in the next call when one ends with %s, its answer lost or not given',
    async (operation) => {
      for (const fault of [
        { kind: 'lost' },
        { kind: 'reset' },
        refusal(500, 'InternalServerError'),
      ] as const) {
        let failed = false;
        const started = await prepared(({ operation: asked, target, nth }) => {
          // The first two DescribeTable calls on the target belong to the plan.
          if (failed || target !== 'restored' || asked !== operation) return undefined;
          if (operation === 'DescribeTable' && nth < 3) return undefined;
          failed = true;
          return fault;
        });
        const task = taskFor(started, await captured(started));
        let cursor: Json = null;
        const call = () =>
          kind.restore({
            ...task,
            cursor,
            checkpoint: async (_, next) => {
              cursor = JSON.parse(JSON.stringify(next));
              return 'continue';
            },
          });
        await expect(call()).rejects.toMatchObject({ code: 'unavailable' });
        await call();
        expect(started.dynamodb.tables.get('restored')?.timeToLive).toBe('expires');
        expect(started.dynamodb.items('restored')).toHaveLength(60);
      }
    },
  );

  test('without the right to set its time to live is made all the same, and says so', async () => {
    const started = await prepared(({ operation }) =>
      operation === 'UpdateTimeToLive' ? refusal(400, 'AccessDeniedException', 'not authorized') : undefined,
    );
    const result = await kind.restore(taskFor(started, await captured(started)));
    expect(result).toMatchObject({
      skippedCount: 1,
      skipped: [{ path: 'restored', reason: expect.stringContaining('time to live') }],
    });
    expect(started.dynamodb.items('restored')).toHaveLength(60);
  });

  test('tells in words why it cannot see whether its time to live is set', async () => {
    let asked = false;
    const started = await prepared(({ operation, nth }) => {
      if (operation === 'UpdateTimeToLive') {
        asked = true;
        return refusal(400, 'ValidationException', 'TimeToLive is already enabled');
      }
      return asked && operation === 'DescribeTimeToLive' && nth > 0
        ? refusal(400, 'MissingAuthenticationTokenException', 'its own words')
        : undefined;
    });
    const failed = kind.restore(taskFor(started, await captured(started)));
    await expect(failed).rejects.toBeInstanceOf(HoldfastError);
    await expect(failed).rejects.toMatchObject({ message: expect.stringContaining('table restored') });
  });

  test('leaves the settings of a table alone that was there before', async () => {
    const started = await prepared();
    started.dynamodb.table('restored', plain);
    await kind.restore(taskFor(started, await captured(started), 'overwrite'));
    expect(started.dynamodb.tables.get('restored')?.timeToLive).toBeUndefined();
  });
});

describe('an attribute that no plain object can name', () => {
  const odd = [
    parsed('{"id":{"S":"a"},"__proto__":{"S":"top"},"constructor":{"N":"1"},"toString":{"NULL":true}}'),
    parsed(
      '{"id":{"S":"b"},"m":{"M":{"__proto__":{"M":{"__proto__":{"BOOL":false}}},"hasOwnProperty":{"S":"x"}}}}',
    ),
    parsed('{"id":{"S":"__proto__"},"__proto__":{"B":"AAE="}}'),
  ];

  test.each(['overwrite', 'refuse'] as const)('comes back from a scan (%s)', async (existing) => {
    const started = await start();
    started.dynamodb.table('orders', plain, [...odd, ...itemsOf(30)]);
    started.dynamodb.takes = (items) => Math.max(1, items >> 1);
    const archive = await captured(started);
    expect(archive.skipped).toEqual([]);
    await kind.restore(taskFor(started, archive, existing));
    expect(sorted(started.dynamodb.items('restored'))).toEqual(sorted(started.dynamodb.items('orders')));
    // A second restore finds the same items, and counts them as written.
    expect(await kind.restore(taskFor(started, archive, existing))).toMatchObject({
      skippedCount: 0,
      kept: 0,
    });
  });

  test('tells an item that is there from one that differs in it alone', async () => {
    const started = await start();
    started.dynamodb.table('orders', plain, odd);
    started.dynamodb.table('restored', plain, [parsed('{"id":{"S":"__proto__"},"__proto__":{"B":"AAI="}}')]);
    const result = await kind.restore(taskFor(started, await captured(started), 'skip'));
    expect(result).toMatchObject({ kept: 1, skippedCount: 0 });
  });

  test('comes back when it is the key, too, page by page', async () => {
    const started = await start();
    started.dynamodb.pageItems = 7;
    const keyed: StubTable['made'] = {
      KeySchema: [{ AttributeName: '__proto__', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: '__proto__', AttributeType: 'S' }],
    };
    const items = Array.from({ length: 30 }, (_, n) =>
      parsed(`{"__proto__":{"S":"k${n}"},"n":{"N":"${n}"}}`),
    );
    started.dynamodb.table('orders', keyed, items);
    const shards = [0, 1].map((shard) => ({ shard, shards: 2, work: {} }));
    const archive = await captured(started, { shards, stopEvery: 1 });
    await kind.restore(taskFor(started, archive));
    expect(sorted(started.dynamodb.items('restored'))).toEqual(sorted(items));
  });
});

describe('items that a table does not take [B3]', () => {
  const indexed: StubTable['made'] = {
    KeySchema: plain.KeySchema,
    AttributeDefinitions: [...plain.AttributeDefinitions, { AttributeName: 'n', AttributeType: 'N' }],
    GlobalSecondaryIndexes: [
      {
        IndexName: 'by-n',
        KeySchema: [{ AttributeName: 'n', KeyType: 'HASH' }],
        Projection: { ProjectionType: 'ALL' },
      },
    ],
  };
  const odd: StubItem[] = [
    { id: { S: 'odd 1' }, n: { S: 'no number' } },
    { id: { S: 'odd 2' }, n: { BOOL: true } },
  ];

  test.each(['overwrite', 'skip', 'refuse'] as const)(
    'are named by their keys, and the others are written (%s)',
    async (existing) => {
      const started = await start();
      started.dynamodb.table('orders', plain, [...itemsOf(58), ...odd]);
      const archive = await captured(started);
      started.dynamodb.table('restored', indexed);
      const result = await kind.restore(taskFor(started, archive, existing));
      expect(result).toMatchObject({ done: true, skippedCount: 2 });
      expect([...result.skipped].map(({ path }) => path).sort()).toEqual([
        '{"id":{"S":"odd 1"}}',
        '{"id":{"S":"odd 2"}}',
      ]);
      expect(result.skipped[0]?.reason).toMatch(/Type mismatch for Index Key n/);
      expect(sorted(started.dynamodb.items('restored'))).toEqual(sorted(itemsOf(58)));
    },
  );

  test('fail the component when they are all of them', async () => {
    const started = await start();
    started.dynamodb.table('orders', plain, odd);
    const archive = await captured(started);
    started.dynamodb.table('restored', indexed);
    await expect(kind.restore(taskFor(started, archive, 'overwrite'))).rejects.toMatchObject({
      code: 'component_failed',
      message: expect.stringMatching(/accepts none of the 2 items.*Type mismatch/),
    });
  });
});

test('`skip` says how many items were there and were kept', async () => {
  const started = await start();
  started.dynamodb.table('orders', plain, itemsOf(30));
  const archive = await captured(started);
  started.dynamodb.table('restored', plain, [
    { id: { S: 'item 0003' }, n: { N: '99' } },
    { id: { S: 'item 0004' }, n: { N: '4' } },
  ]);
  expect(await kind.restore(taskFor(started, archive, 'skip'))).toMatchObject({ kept: 1, skippedCount: 0 });
});

test('a table that is deleted while it is scanned is said to be', async () => {
  const started = await start();
  started.dynamodb.pageItems = 10;
  started.dynamodb.table('orders', plain, itemsOf(30));
  const { scan } = started.tables;
  started.tables.scan = async function* (...args) {
    for await (const one of scan.apply(started.tables, args)) {
      started.dynamodb.tables.delete('orders');
      yield one;
    }
  };
  await expect(captured(started)).rejects.toMatchObject({
    code: 'component_failed',
    message: 'the table orders no longer exists: it was deleted during the operation',
  });
});

test.each([
  ['scan', false],
  ['export', true],
])(
  'a call that fails behind its last item, twice, costs no item and doubles none: %s [B6]',
  async (_, isExport) => {
    const started = await start(({ operation, target, nth }) =>
      // The check and the plan make the first two calls.
      operation === 'DescribeTimeToLive' && target === 'orders' && (nth === 3 || nth === 4)
        ? refusal(500, 'InternalServerError')
        : undefined,
    );
    started.dynamodb.table('orders', plain, itemsOf(30)).pointInTimeRecovery = isExport;
    started.dynamodb.onExport = ({ manifest }) => {
      const lines = itemsOf(30).map((item) => `{"Item":${JSON.stringify(item)}}\n`);
      started.s3.put('exports', 'data.json', lines.join(''));
      started.s3.put('exports', 'files.json', '{"itemCount":30,"dataFileS3Key":"data.json"}');
      started.s3.put('exports', manifest, '{"manifestFilesS3Key":"files.json","itemCount":30}');
    };
    const archive = await captured(started, { retries: 2 });
    expect(archive.details).toMatchObject({ 'items/0': 30 });
    const lines: string[] = [];
    for await (const { content } of extractEntries({ ...archive, component: 'orders', pool }))
      lines.push(
        ...Buffer.concat(await Array.fromAsync(content))
          .toString()
          .split('\n')
          .filter(Boolean),
      );
    expect(lines.sort()).toEqual(sorted(itemsOf(30)));
  },
);

describe('what DynamoDB answers', () => {
  test.each(['Scan', 'BatchWriteItem', 'PutItem'])(
    'is asked for again when it arrives damaged: %s',
    async (operation) => {
      const started = await start(
        (call) => (call.operation === operation && call.nth < 4 ? { kind: 'garble' } : undefined),
        { maxAttempts: 5 },
      );
      started.dynamodb.pageItems = 7;
      started.dynamodb.table('orders', plain, itemsOf(20));
      started.dynamodb.table('restored', plain);
      const archive = await captured(started);
      for (const existing of ['overwrite', 'skip'] as const)
        expect(await kind.restore(taskFor(started, archive, existing))).toMatchObject({
          kept: 0,
          skippedCount: 0,
        });
      expect(sorted(started.dynamodb.items('restored'))).toEqual(sorted(itemsOf(20)));
    },
  );

  test.each([
    ['Scan', 'KMSAccessDeniedException'],
    ['Scan', 'UnrecognizedClientException'],
    ['DescribeContinuousBackups', 'AccessDeniedException'],
    ['BatchWriteItem', 'ResourceNotFoundException'],
    ['BatchWriteItem', 'MissingAuthenticationTokenException'],
    ['CreateTable', 'UnrecognizedClientException'],
  ])('is told in words when nobody foresaw it: %s, %s', async (operation, code) => {
    let isOut = false;
    const started = await start((call) =>
      isOut && call.operation === operation ? refusal(400, code, 'its own words') : undefined,
    );
    started.dynamodb.table('orders', plain, itemsOf(3));
    const archive = await captured(started);
    isOut = true;
    const failed = captured(started).then(() => kind.restore(taskFor(started, archive, 'overwrite')));
    await expect(failed).rejects.toBeInstanceOf(HoldfastError);
    await expect(failed).rejects.toMatchObject({ message: expect.stringMatching(/table (orders|restored)/) });
  });
});

describe('an export', () => {
  const exported = async (
    lay: (started: StubbedTables, folder: string) => { name: string; itemCount: number }[],
    {
      itemCount,
      fault,
      fileList,
    }: { itemCount?: number; fault?: FaultRule; fileList?: string | undefined } = {},
  ): Promise<{ started: StubbedTables; archive: Promise<CapturedArchive> }> => {
    const started = await start(fault);
    started.dynamodb.table('orders', plain, itemsOf(3)).pointInTimeRecovery = true;
    const { shards } = await planWhole(kind, taskOf(tableSettings('orders'), started));
    const [made] = started.dynamodb.exports.values();
    const folder = (made?.manifest ?? '').replace('/manifest-summary.json', '');
    const files = lay(started, folder).map(({ name, itemCount: count }) =>
      JSON.stringify({ itemCount: count, dataFileS3Key: name }),
    );
    started.s3.put('exports', `${folder}/manifest-files.json`, fileList ?? files.join('\n'));
    started.s3.put(
      'exports',
      `${folder}/manifest-summary.json`,
      JSON.stringify({
        manifestFilesS3Key: `${folder}/manifest-files.json`,
        ...(itemCount !== undefined && { itemCount }),
      }),
    );
    return { started, archive: captured(started, { shards }) };
  };
  const put = (
    started: StubbedTables,
    name: string,
    lines: readonly string[],
    cut = 0,
  ): { name: string; itemCount: number } => {
    const bytes = gzipSync(lines.map((line) => `{"Item":${line}}\n`).join(''));
    started.s3.put('exports', name, bytes.subarray(0, bytes.length - cut));
    return { name, itemCount: lines.length };
  };
  const lines = (from: number, count: number): string[] =>
    itemsOf(from + count)
      .slice(from)
      .map((item) => JSON.stringify(item));

  test('keeps attributes of any name', async () => {
    const odd = '{"id":{"S":"a"},"__proto__":{"S":"x"}}';
    const { started, archive } = await exported((s, folder) => [put(s, `${folder}/data/0.json.gz`, [odd])]);
    await kind.restore(taskFor(started, await archive));
    expect(sorted(started.dynamodb.items('restored'))).toEqual([odd]);
  });

  test('with a file that is cut is kept but for that, which is named; the process lives', async () => {
    const { started, archive } = await exported((s, folder) => [
      put(s, `${folder}/data/0.json.gz`, lines(0, 2000), 50),
      put(s, `${folder}/data/1.json.gz`, lines(2000, 10)),
    ]);
    const made = await archive;
    expect(made.skipped).toEqual([
      {
        path: expect.stringContaining('data/0.json.gz'),
        reason: expect.stringMatching(/could not be read beyond.*of its 2000 items \d+ are/),
      },
    ]);
    await kind.restore(taskFor(started, made));
    const ids = started.dynamodb.items('restored').map(({ id }) => id?.S);
    expect(ids).toEqual(expect.arrayContaining(['item 2000', 'item 2009', 'item 0000']));
  });

  test('with a file that holds fewer items than it says is kept, and that is named', async () => {
    const { archive } = await exported((s, folder) => [
      { ...put(s, `${folder}/data/0.json.gz`, lines(0, 7)), itemCount: 10 },
    ]);
    expect((await archive).skipped).toEqual([
      {
        path: expect.stringContaining('data/0.json.gz'),
        reason: expect.stringContaining('of its 10 items 7 are in the backup'),
      },
    ]);
  });

  test('of which no file can be read is no backup [B7]', async () => {
    const { archive } = await exported((s, folder) => [
      put(s, `${folder}/data/0.json.gz`, lines(0, 7), 500),
      put(s, `${folder}/data/1.json.gz`, lines(7, 3), 500),
    ]);
    const made = await archive;
    expect(kind.shortcoming?.({ entries: 0, details: made.details })).toMatch(
      /^none of the items of table orders could be read, since 2 files .*data\/0\.json\.gz .*of its 7 items 0 are/,
    );
    expect(kind.shortcoming?.({ entries: 1, details: made.details })).toBeUndefined();
    expect(made.skipped).toHaveLength(2);
  });

  test('whose list of files is not whole is no backup', async () => {
    const { archive } = await exported((s, folder) => [put(s, `${folder}/data/0.json.gz`, lines(0, 7))], {
      itemCount: 12,
    });
    await expect(archive).rejects.toMatchObject({
      code: 'component_failed',
      message: expect.stringContaining('it announces 12 items, and its files have 7'),
    });
  });

  test.each(['no JSON', '{"itemCount":1}', '[]', '{"itemCount":"7","dataFileS3Key":"a"}'])(
    'whose list of files is of another form is no backup, and the file is named: %s',
    async (fileList) => {
      const { archive } = await exported((s, folder) => [put(s, `${folder}/data/0.json.gz`, lines(0, 7))], {
        fileList,
      });
      await expect(archive).rejects.toMatchObject({
        code: 'component_failed',
        message: expect.stringMatching(
          /the file \S+manifest-files\.json of the export does not have the form/,
        ),
      });
    },
  );

  test('is read again when a connection breaks in the middle of a file', async () => {
    const { archive, started } = await exported(
      (s, folder) => [put(s, `${folder}/data/0.json.gz`, lines(0, 500))],
      {
        fault: ({ target, nth }) =>
          target.endsWith('0.json.gz') && nth <= 2
            ? { kind: nth === 1 ? 'cut' : 'garble', bytes: 300 }
            : undefined,
      },
    );
    const made = await archive;
    expect(made.skipped).toEqual([]);
    await kind.restore(taskFor(started, made));
    expect(started.dynamodb.items('restored')).toHaveLength(500);
  });
});
