/**
 * The function that receives SNS messages: each message starts one backup, once; the installation's own
 * messages start none.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { handler as adminToken } from '../../lambdas/events/admin-token.ts';
import { handler } from '../../lambdas/events/triggered-backup.ts';
import { JsonLogger } from '../../lib/adapters/any/json-logger.ts';
import type { FunctionName } from '../../lib/infra/functions/function-table.ts';
import { configSchema } from '../../lib/model/config/config.ts';
import type { Host } from '../../lib/ports/host.ts';
import type { ExecutionInput } from '../../lib/ports/workflow-engine.ts';
import { localContext } from '../../lib/runtimes/lambda/invocation.ts';
import { type EmbeddedHost, openEmbeddedHost } from '../../lib/runtimes/server/embedded-host.ts';
import { temporaryFolders } from '../adapters/local/temporary-folder.ts';

const TOPIC = 'arn:aws:sns:eu-central-1:123456789012:deployments';
const OWN_TOPIC = 'arn:aws:sns:eu-central-1:123456789012:holdfast-outcomes';
const newFolder = temporaryFolders();

let embedded: EmbeddedHost;
let host: Host;
const started: ExecutionInput[] = [];
const logged: string[] = [];

beforeAll(async () => {
  const folder = await newFolder();
  await mkdir(join(folder, 'files'));
  await writeFile(join(folder, 'files', 'a.txt'), 'some content');
  embedded = await openEmbeddedHost({
    data: join(folder, 'data'),
    config: configSchema.parse({
      installation: 'trial',
      components: [{ id: 'files', kind: 'directory', path: join(folder, 'files') }],
      triggers: [
        { id: 'deployed', kind: 'topic', topicArn: TOPIC, waitMinutes: 60 },
        { id: 'own', kind: 'topic', topicArn: OWN_TOPIC },
      ],
    }),
    log: new JsonLogger({ pretty: false, write: (line) => void logged.push(line) }),
  });
  const workflow = {
    start: async (_kind: string, input: ExecutionInput) => void started.push(input),
    status: async () => 'RUNNING',
    stop: async () => undefined,
  };
  host = Object.create(embedded, { workflow: { value: workflow } });
  process.env.HOLDFAST_TOPIC_ARN = OWN_TOPIC;
  // Makes the first backup key, as the first deployment does.
  await adminToken({}, contextOf('admin-token'));
});
beforeEach(() => {
  started.length = 0;
  logged.length = 0;
});
afterAll(async () => {
  delete process.env.HOLDFAST_TOPIC_ARN;
  await embedded.close();
});

const contextOf = (functionName: FunctionName): never =>
  localContext({
    host,
    functionName,
    requestId: 'test',
    signal: new AbortController().signal,
    deadline: new Date(Date.now() + 900_000),
  }) as never;

const send = (...messages: readonly (readonly [topic: string, id: string])[]): Promise<unknown> => {
  const Records = messages.map(([TopicArn, MessageId]) => ({
    EventSource: 'aws:sns',
    Sns: { TopicArn, MessageId, Message: 'ignored', Timestamp: '2026-11-30T10:00:00.000Z' },
  }));
  return handler({ Records } as never, contextOf('triggered-backup'));
};
const waiting = async (): Promise<number> =>
  (await embedded.catalog.list('triggerEvent', { group: 'waiting', limit: 100 })).records.length;

test('a message begins one backup, however often SNS brings it [B26]', async () => {
  await send([TOPIC, 'message-1']);
  await send([TOPIC, 'message-1']);
  await send([TOPIC, 'message-1'], [TOPIC, 'message-1']);
  expect(started).toHaveLength(1);
  expect(await waiting()).toBe(0);
});

test('a message that comes while a backup runs waits for its end [B26]', async () => {
  await send([TOPIC, 'message-2']);
  expect(started).toHaveLength(0);
  expect(await waiting()).toBe(1);
});

test("the installation's own outcomes begin nothing, which is logged as an error [B26]", async () => {
  await send([OWN_TOPIC, 'message-3']);
  expect(started).toHaveLength(0);
  expect(logged.join('')).toMatch(/"level":"error".*publishes its own outcomes/);
});

test('a message of a topic that no trigger names begins nothing, and is logged [B26]', async () => {
  await send([`${TOPIC}-of-others`, 'message-4']);
  expect(started).toHaveLength(0);
  expect(logged.join('')).toMatch(/belongs to no trigger of the configuration/);
});

test.each([{}, { Records: [] }, { Records: [{ Sns: { TopicArn: TOPIC } }] }, 'text', null])(
  'what is no event is refused, so that its sender tries again: %j',
  async (event) => {
    await expect(handler(event as never, contextOf('triggered-backup'))).rejects.toThrow();
    expect(started).toHaveLength(0);
  },
);
