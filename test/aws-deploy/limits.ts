import { createHash, randomBytes } from 'node:crypto';
import { DeleteObjectCommand, PutObjectCommand, paginateListObjectsV2 } from '@aws-sdk/client-s3';
import { GetExecutionHistoryCommand, ListExecutionsCommand, ListMapRunsCommand } from '@aws-sdk/client-sfn';
import { describe, expect, test } from '@jest/globals';
import { mapInOrder } from '../../lib/archive/map-in-order.ts';
import type { OperationKind } from '../../lib/model/records/operation.ts';
import type { Answer } from '../acceptance/api.ts';
import { idle } from '../acceptance/host.ts';
import type { DeployedHost } from './installation/deployed-host.ts';
import { sourceBucket } from './installation/deployed-installation.ts';

/** Enough objects that reading them takes seconds; each is small, so a call soon stores what it has read. */
const OBJECTS = 1_500;
const PREFIX = 'many/';
const AT_ONCE = 16;

interface ItemCalls {
  /** The number of successful function calls. */
  readonly calls: number;
  readonly seconds: number;
}

const DONE = /^(TaskSucceeded|LambdaFunctionSucceeded)$/;

/** The calls that the only item of an operation's Map needed. */
const callsOfItem = async (
  host: DeployedHost,
  kind: OperationKind,
  operationId: string,
): Promise<ItemCalls> => {
  const { sfn } = host.aws;
  const { executionArn } = await host.executionOf(kind, operationId);
  const { mapRuns = [] } = await sfn.send(new ListMapRunsCommand({ executionArn }));
  const { executions = [] } = await sfn.send(new ListExecutionsCommand({ mapRunArn: mapRuns[0]?.mapRunArn }));
  const { events = [] } = await sfn.send(
    new GetExecutionHistoryCommand({ executionArn: executions[0]?.executionArn, maxResults: 1000 }),
  );
  const at = (index: number): number => events.at(index)?.timestamp?.getTime() ?? Number.NaN;
  const calls = events.filter(({ type = '' }) => DONE.test(type)).length;
  return { calls, seconds: (at(-1) - at(0)) / 1000 };
};

/** Fills the source. Returns the MD5 of each content, by key. */
const fillSource = async ({ aws }: DeployedHost): Promise<ReadonlyMap<string, string>> => {
  const keys = Array.from({ length: OBJECTS }, (_, n) => `${PREFIX}${String(n).padStart(5, '0')}`);
  const sums = await mapInOrder(keys, AT_ONCE, async (Key) => {
    const Body = randomBytes(200);
    await aws.s3.send(new PutObjectCommand({ Bucket: sourceBucket, Key, Body }));
    return createHash('md5').update(Body).digest('hex');
  });
  return new Map(keys.map((key, n) => [key, sums[n] ?? '']));
};

const sumsIn = async ({ aws }: DeployedHost, Bucket: string): Promise<ReadonlyMap<string, string>> => {
  const sums = new Map<string, string>();
  const pages = paginateListObjectsV2({ client: aws.s3 }, { Bucket, Prefix: PREFIX });
  for await (const { Contents = [] } of pages)
    for (const { Key = '', ETag = '' } of Contents) sums.set(Key, ETag.replaceAll('"', ''));
  return sums;
};

/**
 * The emulator starts a process for each call; on a busy machine this alone may take all of a function's
 * seconds.
 */
const MOST_STARTS = 3;

/** Starts an operation on the component `uploads`, and waits for its end. */
const run = async (
  host: DeployedHost,
  path: string,
  request: object,
  records: string,
): Promise<Answer['body']> => {
  for (let start = 1; ; start++) {
    await idle(host);
    const { status, body } = await host.api.post(path, { components: ['uploads'], ...request });
    expect(status).toBe(202);
    const record = await host.api.ended(`${records}/${body.id}`, 300);
    if (/Task timed out after/.test(record.shortError) && start < MOST_STARTS) continue;
    expect(record).toMatchObject({ state: 'SUCCESS', shortError: '' });
    return record;
  }
};

/**
 * Reduces a function's time by one second at each run until one call is not enough; returns the record of
 * that run.
 */
const untilOneCallDoesNotDo = async (
  host: DeployedHost,
  functionName: 'capture' | 'restore-component',
  kind: 'backup' | 'restore',
  work: () => Promise<Answer['body']>,
): Promise<Answer['body']> => {
  const { seconds } = await callsOfItem(host, kind, (await work()).id);
  for (let limit = Math.ceil(seconds); limit > 0; limit -= 1) {
    const record = await host.functions.withLimit(limit, functionName, work);
    if ((await callsOfItem(host, kind, record.id)).calls > 1) return record;
  }
  throw new Error(`${functionName} did its work in one second, after it had taken ${seconds}`);
};

/** Functions with only seconds of time, as if the source were a hundred times as large. */
export const describeLimits = (here: () => DeployedHost): void => {
  describe('functions whose time is shorter than the work [B6]', () => {
    let sums: ReadonlyMap<string, string>;
    let backup: Answer['body'];

    test('a capture goes on in further calls', async () => {
      const host = here();
      sums = await fillSource(host);
      backup = await untilOneCallDoesNotDo(host, 'capture', 'backup', () =>
        run(host, '/v1/backups', { label: 'limited' }, '/v1/backups'),
      );
      expect(backup.components.uploads.entries).toBeGreaterThan(OBJECTS);
    }, 600_000);

    test('a restore goes on in further calls, and every byte comes back', async () => {
      const host = here();
      const { aws, targets } = host;
      await untilOneCallDoesNotDo(host, 'restore-component', 'restore', () => {
        const request = { targets: { uploads: targets.uploads } };
        return run(host, `/v1/backups/${backup.id}/restores`, request, '/v1/restores');
      });
      expect(await sumsIn(host, targets.uploads)).toEqual(sums);
      await mapInOrder([...sums.keys()], AT_ONCE, (Key) =>
        aws.s3.send(new DeleteObjectCommand({ Bucket: sourceBucket, Key })),
      );
    }, 600_000);
  });
};
