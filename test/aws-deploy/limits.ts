import { randomBytes } from 'node:crypto';
import { DeleteObjectCommand, GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { GetExecutionHistoryCommand, ListExecutionsCommand, ListMapRunsCommand } from '@aws-sdk/client-sfn';
import { describe, expect, test } from '@jest/globals';
import type { OperationKind } from '../../lib/model/records.ts';
import type { Answer } from '../acceptance/api.ts';
import { idle } from '../acceptance/host.ts';
import type { DeployedHost } from './deployed-host.ts';
import { sourceBucket } from './deployed-installation.ts';

/** Above four megabytes each: they are read and written one by one. */
const LARGE_BYTES = 4_300_000;
const LARGE_OBJECTS = 40;

interface ItemCalls {
  /** Calls of functions that came to a good end. */
  readonly calls: number;
  readonly seconds: number;
}

const DONE = /^(TaskSucceeded|LambdaFunctionSucceeded)$/;

/** What the one item of an operation's Map took. */
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

const loadSource = async ({ aws }: DeployedHost): Promise<ReadonlyMap<string, Buffer>> => {
  const contents = new Map<string, Buffer>();
  for (let n = 0; n < LARGE_OBJECTS; n++)
    contents.set(`large/${String(n).padStart(2, '0')}`, randomBytes(LARGE_BYTES));
  for (const [Key, Body] of contents)
    await aws.s3.send(new PutObjectCommand({ Bucket: sourceBucket, Key, Body }));
  return contents;
};

/** Starts an operation on the component `uploads`, and follows it to its end. */
const run = async (
  host: DeployedHost,
  path: string,
  request: object,
  records: string,
): Promise<Answer['body']> => {
  await idle(host);
  const { status, body } = await host.api.post(path, { components: ['uploads'], ...request });
  expect(status).toBe(202);
  const record = await host.api.ended(`${records}/${body.id}`, 300);
  expect(record).toMatchObject({ state: 'SUCCESS', shortError: '' });
  return record;
};

/** Gives a duty a second less each time until one call of it does not do; the record of that time. */
const untilOneCallDoesNotDo = async (
  host: DeployedHost,
  duty: 'capture' | 'restore-component',
  kind: 'backup' | 'restore',
  work: () => Promise<Answer['body']>,
): Promise<Answer['body']> => {
  const { seconds } = await callsOfItem(host, kind, (await work()).id);
  for (let limit = Math.ceil(seconds); limit > 0; limit -= 1) {
    const record = await host.withLimit(limit, [duty], work);
    if ((await callsOfItem(host, kind, record.id)).calls > 1) return record;
  }
  throw new Error(`${duty} did its work in one second, after it had taken ${seconds}`);
};

/** Functions with seconds, as if the source had a hundred times as much. */
export const describeLimits = (here: () => DeployedHost): void => {
  describe('functions whose time is shorter than the work [B6]', () => {
    let contents: ReadonlyMap<string, Buffer>;
    let backup: Answer['body'];

    test('a capture goes on in further calls', async () => {
      const host = here();
      contents = await loadSource(host);
      backup = await untilOneCallDoesNotDo(host, 'capture', 'backup', () =>
        run(host, '/v1/backups', { label: 'limited' }, '/v1/backups'),
      );
      const { body } = await host.api.get(`/v1/backups/${backup.id}/contents?component=uploads&limit=1000`);
      const objects = body.resources.filter(({ path }: { path: string }) =>
        path.startsWith('objects/large/'),
      );
      expect(objects).toHaveLength(LARGE_OBJECTS);
    }, 600_000);

    test('a restore goes on in further calls, and every byte comes back', async () => {
      const host = here();
      const { aws, targets } = host;
      await untilOneCallDoesNotDo(host, 'restore-component', 'restore', () => {
        const request = { targets: { uploads: targets.uploads } };
        return run(host, `/v1/backups/${backup.id}/restores`, request, '/v1/restores');
      });
      for (const [Key, body] of contents) {
        const { Body } = await aws.s3.send(new GetObjectCommand({ Bucket: targets.uploads, Key }));
        expect(body.equals((await Body?.transformToByteArray()) ?? Buffer.alloc(0))).toBe(true);
        await aws.s3.send(new DeleteObjectCommand({ Bucket: sourceBucket, Key }));
      }
    }, 600_000);
  });
};
