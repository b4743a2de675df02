/**
 * Timers against a server that gives the errors of the EventBridge Scheduler API reference, which no emulator
 * gives on demand.
 */

import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { afterEach, expect, test } from '@jest/globals';
import { EventBridgeTimers } from '../../../../lib/adapters/aws/workflow/eventbridge-timers.ts';
import { clientConfig } from '../../../emulators/credentials.ts';

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly body: { ClientToken?: string; GroupName?: string };
}
/** The HTTP status and the error code from the reference; undefined means success. */
type Answer = readonly [status: number, error: string] | undefined;

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

const timersAt = async (answer: (asked: Asked, times: number) => Answer) => {
  const asked: Asked[] = [];
  const server = createServer(async (request, response) => {
    const said = await text(request);
    const one = { method: request.method ?? '', path: request.url ?? '', body: JSON.parse(said || '{}') };
    asked.push(one);
    const [status, error] = answer(one, asked.length) ?? [200, ''];
    response.writeHead(status, { 'content-type': 'application/json', 'x-amzn-errortype': error });
    response.end(JSON.stringify(error === '' ? { ScheduleArn: 'arn:aws:scheduler:x' } : { Message: error }));
  }).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const timers = new EventBridgeTimers({
    client: new SchedulerClient(clientConfig(endpoint)),
    group: 'holdfast-trial',
    targetArn: 'arn:aws:lambda:eu-central-1:000000000000:function:scheduled-backup',
    roleArn: 'arn:aws:iam::000000000000:role/timers',
    deadLettersArn: 'arn:aws:sqs:eu-central-1:000000000000:dead',
  });
  return { timers, asked };
};
const timer = { scheduleId: 'nightly', at: new Date('2031-03-05T02:00:00Z') };

test('a timer that is there already is set', async () => {
  const { timers, asked } = await timersAt(() => [409, 'ConflictException']);
  await timers.set([timer]);
  expect(asked).toMatchObject([
    {
      method: 'POST',
      path: '/schedules/nightly.20310305T020000Z',
      body: {
        GroupName: 'holdfast-trial',
        ScheduleExpression: 'at(2031-03-05T02:00:00)',
        FlexibleTimeWindow: { Mode: 'OFF' },
        ActionAfterCompletion: 'DELETE',
      },
    },
  ]);
});

test('a service that is busy is asked again, as one and the same request', async () => {
  const { timers, asked } = await timersAt((_, times) =>
    times < 3 ? [429, 'ThrottlingException'] : undefined,
  );
  await timers.set([timer]);
  expect(asked).toHaveLength(3);
  const tokens = new Set(asked.map(({ body }) => body.ClientToken));
  expect(tokens.size).toBe(1);
  expect([...tokens][0]).toMatch(/./);
});

test.each([
  ['ThrottlingException', 429],
  ['InternalServerException', 500],
] as const)(
  'a service that goes on saying %s is not available, and which timers stand is not known',
  async (error, status) => {
    const { timers } = await timersAt(() => [status, error]);
    await expect(timers.set([timer])).rejects.toMatchObject({ code: 'unavailable' });
    await expect(timers.unset([timer])).rejects.toMatchObject({ code: 'unavailable' });
  },
);

test('a timer that is not there is taken back; a group that is not there is told', async () => {
  const { timers, asked } = await timersAt(() => [404, 'ResourceNotFoundException']);
  await timers.unset([timer]);
  expect(asked).toMatchObject([
    { method: 'DELETE', path: expect.stringContaining('/schedules/nightly.20310305T020000Z?') },
  ]);
  expect(asked[0]?.path).toContain('groupName=holdfast-trial');
  await expect(timers.set([timer])).rejects.toThrow('ResourceNotFoundException');
});

test('of many timers, one that is refused is told, and the others are set', async () => {
  const { timers, asked } = await timersAt(({ path }) =>
    path.includes('of-7.') ? [400, 'ValidationException'] : undefined,
  );
  const many = Array.from({ length: 20 }, (_, index) => ({ ...timer, scheduleId: `of-${index}` }));
  await expect(timers.set(many)).rejects.toThrow('ValidationException');
  expect(new Set(asked.map(({ path }) => path)).size).toBe(20);
});
