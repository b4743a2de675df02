import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { SMTPServer } from 'smtp-server';
import { JsonLogger } from '../../../lib/adapters/any/json-logger.ts';
import { configSchema } from '../../../lib/model/config/config.ts';
import { notify } from '../../../lib/operations/notices/notify.ts';
import { put } from '../../../lib/ports/catalog/catalog.ts';
import { type RunningServer, startServer } from '../../../lib/runtimes/server/server.ts';
import { temporaryFolders } from '../../adapters/local/temporary-folder.ts';
import { eventually } from '../../contract/eventually.ts';
import { sampleEvent } from '../../contract/sample-records.ts';

const newFolder = temporaryFolders();
const closers: (() => unknown)[] = [];
afterEach(async () => {
  delete process.env.SLOW_MAIL_URL;
  for (const close of closers.splice(0).reverse()) await close();
});

const portOf = (server: Server): number => {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
};

/** Accepts connections and never answers. */
const silentServer = async (): Promise<{ port: number; sockets: Socket[] }> => {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { port: portOf(server), sockets };
};

const started = async (data: string, to: string[], lines: string[] = []): Promise<RunningServer> =>
  startServer({
    data,
    config: configSchema.parse({
      notifications: {
        email: { to, from: 'holdfast@example.com', smtp: { env: 'SLOW_MAIL_URL' } },
        rules: [{ events: ['*'], channels: ['*'] }],
      },
    }),
    log: new JsonLogger({ pretty: false, write: (line) => lines.push(line) }),
    port: 0,
    takeAdminToken: () => undefined,
  });

const waitingMails = async ({ host }: RunningServer) =>
  (await host.catalog.list('delivery', { group: 'waiting' })).records.filter(({ channel }) =>
    channel.startsWith('email:'),
  );

describe('outcomes are told beside everything else', () => {
  test('a server listens, and stops, while the mail server does not answer [K5] [B15]', async () => {
    const data = join(await newFolder(), 'data');
    const silent = await silentServer();
    process.env.SLOW_MAIL_URL = `smtp://127.0.0.1:${silent.port}`;
    const first = await started(data, ['ops@example.com']);
    await first.host.catalog.commit(Array.from({ length: 6 }, () => put('event', sampleEvent())));
    await first.close();

    const lines: string[] = [];
    const second = await started(data, ['ops@example.com'], lines);
    expect((await fetch(`${second.url}/v1/health`)).status).toBe(200);
    await eventually('the mail server was asked', () => silent.sockets.length > 0 || undefined);
    // The log has received all six, although the mail server has not answered yet.
    await eventually('the log has all outcomes', () => {
      const told = lines.filter((line) => line.includes('"event":"backup.'));
      return told.length === 6 || undefined;
    });
    expect(silent.sockets.some((socket) => !socket.destroyed)).toBe(true);
    const begun = performance.now();
    await second.close();
    expect(performance.now() - begun).toBeLessThan(10_000);

    // No mail was lost.
    const third = await started(data, ['ops@example.com']);
    closers.push(() => third.close());
    expect(await waitingMails(third)).toHaveLength(6);
  });

  test('a recipient refused for now is tried again alone; one refused for good is given up after a day [K5]', async () => {
    const data = join(await newFolder(), 'data');
    const received: string[] = [];
    let isBusy = true;
    const mail = new SMTPServer({
      disabledCommands: ['AUTH', 'STARTTLS'],
      onRcptTo: ({ address }, _session, done) => {
        const answer = (code: number, text: string) =>
          done(Object.assign(new Error(text), { responseCode: code }));
        if (address.startsWith('gone')) return answer(550, 'no such user');
        if (address.startsWith('busy') && isBusy) return answer(451, 'try again later');
        done();
      },
      onData: (stream, session, done) => {
        stream.resume();
        stream.on('end', () => {
          received.push(...session.envelope.rcptTo.map(({ address }) => address));
          done();
        });
      },
    });
    mail.on('error', () => undefined);
    mail.listen(0, '127.0.0.1');
    await once(mail.server, 'listening');
    closers.push(() => new Promise<void>((resolve) => mail.close(() => resolve())));
    process.env.SLOW_MAIL_URL = `smtp://127.0.0.1:${portOf(mail.server)}`;
    let now = Date.now();
    const lines: string[] = [];
    const server = await startServer({
      data,
      config: configSchema.parse({
        notifications: {
          email: {
            to: ['ops@example.com', 'busy@example.com', 'gone@example.com'],
            from: 'holdfast@example.com',
            smtp: { env: 'SLOW_MAIL_URL' },
          },
          rules: [{ events: ['*'], channels: ['*'] }],
        },
      }),
      log: new JsonLogger({ pretty: false, write: (line) => lines.push(line) }),
      clock: { now: () => new Date(now) },
      port: 0,
      takeAdminToken: () => undefined,
    });
    closers.push(() => server.close());
    const event = sampleEvent({ at: new Date(now).toISOString() });
    await server.host.catalog.commit([put('event', event)]);

    expect(await notify(server.host)).toEqual({ delivered: 2, waiting: 2 });
    expect(received).toEqual(['ops@example.com']);
    isBusy = false;
    now += 3600_000;
    expect(await notify(server.host)).toEqual({ delivered: 1, waiting: 1 });
    expect(received).toEqual(['ops@example.com', 'busy@example.com']);
    expect(await waitingMails(server)).toMatchObject([
      { channel: 'email:gone@example.com', attempts: 2, lastAnswer: expect.stringContaining('no such user') },
    ]);

    now += 25 * 3600_000;
    expect(await notify(server.host)).toEqual({ delivered: 0, waiting: 0 });
    expect(received).toEqual(['ops@example.com', 'busy@example.com']);
    expect((await server.host.catalog.list('delivery', { group: 'dead' })).records).toMatchObject([
      { channel: 'email:gone@example.com', attempts: 3, lastAnswer: expect.stringContaining('no such user') },
    ]);
    expect(lines.join('\n')).toContain('email:gone@example.com has refused a notice for a day');
  });
});
