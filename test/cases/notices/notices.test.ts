/** Who is notified, and the status of each delivery, on a real server with real mail servers and webhooks. */
import { once } from 'node:events';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { SMTPServer } from 'smtp-server';
import { Webhook } from 'standardwebhooks';
import type { Answer } from '../../acceptance/api.ts';
import { holdfast as runHoldfast } from '../../cli/run-holdfast.ts';
import { eventually } from '../../contract/eventually.ts';
import { HostileMail } from '../crash/starving/hostile-mail.ts';
import { Installation } from '../installation.ts';

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const mails: { to: string[]; raw: string }[] = [];
const hooks: { path: string; headers: Record<string, string>; body: string }[] = [];
let hookStatus = 200;
let mailServer: SMTPServer;
let hookServer: Server;
let here: Installation;

const portOf = (server: { address(): AddressInfo | string | null }): number =>
  (server.address() as AddressInfo).port;

beforeAll(async () => {
  mailServer = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    onRcptTo: ({ address }, _session, done) =>
      address.startsWith('gone')
        ? done(Object.assign(new Error('no such user'), { responseCode: 550 }))
        : done(),
    onData: (stream, session, done) => {
      void text(stream).then((raw) => {
        mails.push({ to: session.envelope.rcptTo.map(({ address }) => address), raw });
        done();
      });
    },
  });
  mailServer.on('error', () => undefined);
  mailServer.listen(0, '127.0.0.1');
  hookServer = createServer(async (request, response) => {
    const headers = Object.fromEntries(Object.entries(request.headers).map(([k, v]) => [k, String(v)]));
    hooks.push({ path: request.url ?? '', headers, body: await text(request) });
    response.writeHead(request.url?.startsWith('/ping') ? 200 : hookStatus).end();
  }).listen(0, '127.0.0.1');
  await Promise.all([once(mailServer.server, 'listening'), once(hookServer, 'listening')]);
  const url = `http://127.0.0.1:${portOf(hookServer)}`;
  here = await Installation.start({
    config: (folder) => {
      writeFileSync(`${folder}/source/a.txt`, 'alpha');
      return {
        components: [{ id: 'files', kind: 'directory', path: `${folder}/source` }],
        notifications: {
          email: {
            to: ['ops@example.com', 'gone@example.com'],
            from: 'h@example.com',
            smtp: { env: 'MAIL' },
          },
          webhooks: [
            { id: 'ops', url: `${url}/hook`, secrets: [{ env: 'HOOK_SECRET' }] },
            { id: 'inside', url: 'https://10.255.255.1/', format: 'slack' },
          ],
          rules: [{ events: ['*'], channels: ['*'] }],
          requesterDomains: ['example.org'],
          baseUrl: 'https://backups.example.com',
          internalAddresses: ['127.0.0.1'],
        },
      };
    },
    env: { MAIL: `smtp://127.0.0.1:${portOf(mailServer.server)}`, HOOK_SECRET: SECRET },
  });
}, 60_000);
afterAll(async () => {
  await here?.close();
  hookServer?.close();
  await new Promise<void>((resolve) => mailServer.close(() => resolve()));
});

const noticeOf = (backupId: string, isSo: (notice: Answer['body']) => boolean): Promise<Answer['body']> =>
  eventually(
    `the notice of ${backupId} stands so`,
    async () => {
      const { body } = await here.api.get('/v1/notices?type=backup.succeeded&limit=100');
      const found = body.resources.find((one: Answer['body']) => one.backupId === backupId);
      if (found === undefined) return undefined;
      const notice = (await here.api.get(`/v1/notices/${found.id}`)).body;
      return isSo(notice) ? notice : undefined;
    },
    30_000,
  );
const stateOf = (notice: Answer['body'], channel: string): string =>
  notice.deliveries.find((one: Answer['body']) => one.channel === channel)?.state;
const holdfast = (...args: string[]) =>
  runHoldfast(args, { env: { HOLDFAST_URL: here.api.url, HOLDFAST_TOKEN: here.api.token } });

describe('a notice [K5] [O5] [B15]', () => {
  test('reaches who takes it, and says of the others what they answered', async () => {
    const { body } = await here.api.post('/v1/backups', { label: 'told' });
    const backup = await here.api.ended(`/v1/backups/${body.id}`);
    const notice = await noticeOf(backup.id, (one) =>
      one.deliveries.every((each: Answer['body']) => each.attempts > 0),
    );
    expect(['log', 'email:ops@example.com', 'webhook:ops'].map((one) => stateOf(notice, one))).toEqual([
      'delivered',
      'delivered',
      'delivered',
    ]);
    expect(notice.deliveries).toContainEqual(
      expect.objectContaining({
        channel: 'email:gone@example.com',
        state: 'waiting',
        lastAnswer: expect.stringContaining('no such user'),
      }),
    );
    expect(notice.deliveries).toContainEqual(
      expect.objectContaining({
        channel: 'webhook:inside',
        state: 'waiting',
        lastAnswer: expect.stringContaining('notifications.internalAddresses'),
      }),
    );
    const mine = mails.filter(({ raw }) => raw.includes(backup.id));
    expect(mine.map(({ to }) => to)).toEqual([['ops@example.com']]);
    expect(mine[0]?.raw).toMatch(/multipart\/alternative/);
    const hook = hooks.find(({ headers }) => headers['webhook-id'] === notice.id);
    expect(new Webhook(SECRET).verify(hook?.body ?? '', hook?.headers ?? {})).toMatchObject({
      type: 'backup.succeeded',
      data: { backupId: backup.id, state: 'SUCCESS' },
    });
  }, 60_000);

  test('is listed, shown and sent again by the command line', async () => {
    const list = await holdfast('notice', 'list', '--type', 'backup.succeeded', '--json');
    const [notice] = JSON.parse(list.out).resources;
    expect((await holdfast('notice', 'show', notice.id.slice(-36, -20))).out).toMatch(
      /webhook:ops +delivered +1 +HTTP 200/,
    );
    const told = hooks.length;
    const again = await holdfast('notice', 'resend', notice.id, '--channel', 'webhook:ops');
    expect(again).toMatchObject({ code: 0 });
    await eventually('it came again', () => hooks.length > told || undefined);
    expect(hooks.at(-1)?.headers['webhook-id']).toBe(notice.id);
    const none = await holdfast('notice', 'resend', notice.id);
    expect(none.code).toBe(1);
    expect(none.err).toContain('not dead at any channel');
    expect((await holdfast('notice', 'resend', notice.id, '--channel', 'webhook:other')).code).toBe(4);
  }, 60_000);

  test('of an unknown type, state or channel is refused, and nobody without a token hears of any', async () => {
    for (const path of ['/v1/notices?type=none', '/v1/deliveries?state=none', '/v1/notices?dead=1'])
      expect((await here.api.get(path)).status).toBe(400);
    expect((await here.api.post('/v1/channels/pager/test', {})).status).toBe(404);
    for (const path of ['/v1/notices', '/v1/channels', '/v1/deliveries'])
      expect((await here.api.call('GET', path, { token: null })).status).toBe(401);
  });
});

describe('whoever asked [O5]', () => {
  test('is told when the backup is ready, with a link to the page, which asks who they are', async () => {
    const made = await holdfast('backup', 'create', '--notify', 'Alice@EXAMPLE.org', '--wait', '--json');
    expect(made.code).toBe(0);
    const mine = await eventually(
      'Alice has a mail',
      () => mails.find(({ to }) => to.includes('Alice@example.org') || to.includes('Alice@EXAMPLE.org')),
      30_000,
    );
    const { id } = JSON.parse(made.out);
    expect(mine.raw.replaceAll(/=\r?\n/g, '')).toContain(
      `https://backups.example.com/console/#/backups/${id}`,
    );
  }, 60_000);

  test.each([
    ['bob@example.com', 'is not in a domain that is allowed: notifications.requesterDomains has example.org'],
    ['bob@sub.example.org', 'is not in a domain that is allowed'],
    ['bob@evil.com@example.org', 'not an e-mail address'],
    ['"a\\r\\nBcc: all"@example.org', 'not an e-mail address'],
  ])('at %s is refused, and no backup begins', async (notify, why) => {
    const { status, body } = await here.api.post('/v1/backups', { label: 'unsent', notify });
    expect(status).toBe(400);
    expect(body.detail).toContain(why);
    expect((await here.api.get('/v1/backups?label=unsent')).body.total).toBe(0);
  });
});

describe('without rules [O5]', () => {
  test('a failure is mailed to everyone, and a success to whoever asked', async () => {
    const plain = await Installation.start({
      config: (folder) => {
        writeFileSync(`${folder}/source/a.txt`, 'alpha');
        return {
          components: [{ id: 'files', kind: 'directory', path: `${folder}/source` }],
          notifications: {
            email: { to: ['ops@example.com'], from: 'h@example.com', smtp: { env: 'MAIL' } },
            requesterDomains: ['example.org'],
          },
        };
      },
      env: { MAIL: `smtp://127.0.0.1:${portOf(mailServer.server)}` },
    });
    try {
      const run = async (request: object): Promise<Answer['body']> => {
        const { body } = await plain.api.post('/v1/backups', request);
        return plain.api.ended(`/v1/backups/${body.id}`);
      };
      const recipients = (id: string): string[] =>
        mails.filter(({ raw }) => raw.includes(id)).flatMap(({ to }) => to);
      const good = await run({ notify: 'alice@example.org' });
      expect(good.state).toBe('SUCCESS');
      rmSync(`${plain.folder}/source`, { recursive: true });
      const bad = await run({});
      expect(bad.state).not.toBe('SUCCESS');
      await eventually('the failure is mailed', () => recipients(bad.id)[0], 30_000);
      await eventually('the success is mailed', () => recipients(good.id)[0], 30_000);
      expect(recipients(bad.id)).toEqual(['ops@example.com']);
      expect(recipients(good.id)).toEqual(['alice@example.org']);
      const { resources } = (await plain.api.get('/v1/notices?type=backup.succeeded')).body;
      expect(resources[0].channels).toEqual(['log', 'email:alice@example.org']);
    } finally {
      await plain.close();
    }
  }, 90_000);
});

describe('a channel [B15]', () => {
  test('is listed with where it leads, and without its secrets', async () => {
    const { body, text: all } = await here.api.get('/v1/channels');
    expect(body.resources).toContainEqual(
      expect.objectContaining({
        id: 'webhook:ops',
        target: `standard to 127.0.0.1:${portOf(hookServer)}`,
        secrets: ['env:HOOK_SECRET'],
        enabled: true,
      }),
    );
    expect(all).not.toContain(SECRET);
    expect((await holdfast('channel', 'list')).out).toMatch(
      /email:gone@example.com +gone@example.com +\d+ +on/,
    );
  }, 30_000);

  test('is tried by a test, which says what it answered', async () => {
    expect(await holdfast('notice', 'test', 'email:ops@example.com')).toMatchObject({
      code: 0,
      out: expect.stringContaining('email:ops@example.com accepted it: 250'),
    });
    const refused = await holdfast('notice', 'test', 'webhook:inside', '--json');
    expect(refused.code).toBe(1);
    expect((await here.api.get('/v1/channels')).body.resources).toContainEqual(
      expect.objectContaining({
        id: 'webhook:inside',
        lastDelivered: false,
        lastAnswer: expect.stringContaining('an internal address'),
      }),
    );
    expect(JSON.parse(refused.out)).toMatchObject({
      delivered: false,
      answer: expect.stringContaining('an internal address'),
    });
  }, 30_000);

  test('that answers 410 is off, is told to the others, and is on again after a test that arrives', async () => {
    hookStatus = 410;
    const { body } = await here.api.post('/v1/backups', { label: 'gone' });
    const backup = await here.api.ended(`/v1/backups/${body.id}`);
    await noticeOf(backup.id, (one) => stateOf(one, 'webhook:ops') === 'dead');
    await eventually(
      'the mail says it',
      () => mails.some(({ raw }) => raw.includes('webhook:ops is switched off')) || undefined,
    );
    expect((await holdfast('channel', 'list')).out).toMatch(/webhook:ops .*OFF since/);
    expect((await holdfast('notice', 'list', '--dead')).out).toMatch(/webhook:ops .*HTTP 410/);
    hookStatus = 200;
    expect((await holdfast('notice', 'test', 'webhook:ops')).code).toBe(0);
    const { body: channels } = await here.api.get('/v1/channels');
    expect(channels.resources.find(({ id }: { id: string }) => id === 'webhook:ops').enabled).toBe(true);
  }, 60_000);
});

test('no backup waits for a channel that hangs, and the others hear at once [B15]', async () => {
  hookStatus = 200;
  await using silent = await HostileMail.start(() => undefined);
  const slow = await Installation.start({
    config: (folder) => ({
      components: [{ id: 'files', kind: 'directory', path: `${folder}/source` }],
      notifications: {
        email: { to: ['ops@example.com'], smtp: { env: 'MAIL' } },
        webhooks: [{ id: 'ops', url: `http://127.0.0.1:${portOf(hookServer)}/`, format: 'slack' }],
        internalAddresses: ['127.0.0.1'],
      },
    }),
    env: { MAIL: `smtp://127.0.0.1:${silent.port}` },
  });
  try {
    for (const label of ['one', 'two', 'six']) {
      const { body } = await slow.api.post('/v1/backups', { label });
      await slow.api.ended(`/v1/backups/${body.id}`);
      await eventually('the chat heard', () => hooks.some((one) => one.body.includes(body.id)) || undefined);
    }
    await eventually('only the mails wait', async () => {
      const { body } = await slow.api.get('/v1/deliveries?state=waiting');
      return body.total === 3 || undefined;
    });
  } finally {
    await slow.close();
  }
}, 60_000);

describe('the address of a schedule of the API [B15]', () => {
  const addressIn = (name: string, path: string): string => {
    writeFileSync(here.path(name), `http://127.0.0.1:${portOf(hookServer)}${path}\n`);
    return here.path(name);
  };
  const calls = (path: string) => hooks.filter((one) => one.path === path);
  const run = async (): Promise<Answer['body']> => {
    const { body } = await here.api.post('/v1/schedules/pinged/run');
    return here.api.ended(`/v1/backups/${body.id}`);
  };

  test('is called after each run, kept encrypted, and shown for its host alone', async () => {
    const file = addressIn('ping', '/ping/s3cret');
    const made = await holdfast('schedule', 'create', 'pinged', '--cron', '@yearly', '--ping-file', file);
    expect(made).toMatchObject({ code: 0, out: expect.stringContaining('calls: 127.0.0.1:') });
    const { id } = await run();
    await eventually('it is called', () => calls('/ping/s3cret')[0], 30_000);
    expect(calls('/ping/s3cret')).toEqual([expect.objectContaining({ body: `backup.succeeded ${id}` })]);
    writeFileSync(here.path('source', 'a.txt'), 'alpha');
    expect((await holdfast('notice', 'test', 'ping:pinged')).code).toBe(0);
    const seen = await Promise.all(
      [
        'schedules/pinged',
        'schedules',
        'notices?limit=100',
        'audit?limit=100',
        'deliveries?state=delivered',
      ].map(async (path) => (await here.api.get(`/v1/${path}`)).text),
    );
    for (const text of [...seen, here.log]) expect(text).not.toContain('s3cret');
    expect(seen[0]).toContain(`"pingHost":"127.0.0.1:${portOf(hookServer)}"`);
    const files = ['catalog.db', 'catalog.db-wal'].map((name) => readFileSync(join(here.data, name)));
    expect(Buffer.concat(files).includes('s3cret')).toBe(false);
  }, 60_000);

  test('stays when the schedule is said anew without it, is exchanged, and is taken away', async () => {
    expect((await holdfast('schedule', 'update', 'pinged', '--jitter', '5')).code).toBe(0);
    expect((await here.api.get('/v1/schedules/pinged')).body.pingHost).toContain('127.0.0.1');
    const other = addressIn('other', '/ping/other');
    expect((await holdfast('schedule', 'update', 'pinged', '--ping-file', other)).code).toBe(0);
    const before = calls('/ping/s3cret').length;
    await run();
    await eventually('the other is called', () => calls('/ping/other')[0], 30_000);
    expect(calls('/ping/s3cret')).toHaveLength(before);
    const answered = await eventually(
      'the list says what it answered',
      async () =>
        (await here.api.get('/v1/channels?limit=100')).body.resources.find(
          (one: { id: string; lastDelivered: boolean | null }) =>
            one.id === 'ping:pinged' && one.lastDelivered,
        ),
      30_000,
    );
    expect(answered).toMatchObject({
      ...{ target: `127.0.0.1:${portOf(hookServer)}`, secrets: [], enabled: true, waiting: 0 },
      lastAnswer: expect.stringContaining('200'),
    });
    expect((await holdfast('channel', 'list')).out).toMatch(/ping:pinged .* on +\d{4}-.*200/);
    expect((await holdfast('schedule', 'update', 'pinged', '--no-ping')).out).not.toContain('calls:');
    const listed = async () =>
      (await here.api.get('/v1/channels')).body.resources.find(
        (one: { id: string }) => one.id === 'ping:pinged',
      );
    expect(await listed()).toBeUndefined();
    expect((await here.api.get('/v1/schedules/pinged')).body.pingHost).toBeNull();
    expect((await holdfast('notice', 'test', 'ping:pinged')).code).toBe(4);
  }, 60_000);

  test.each([
    ['ftp://example.com/x', 400],
    ['https://user:word@example.com/x', 400],
    ['https://example.com/#x', 400],
    [{ env: 'HOOK_SECRET' }, 400],
    ['https://10.255.255.1/x', 201],
  ])('%j: %i', async (ping, status) => {
    const answer = await here.api.post('/v1/schedules', { id: `odd-${status}`, cron: '@yearly', ping });
    expect(answer.status).toBe(status);
    expect(answer.text).not.toContain('word@');
  });

  test('an internal address is not called, where the configuration does not list it', async () => {
    const tried = await here.api.post('/v1/channels/ping:odd-201/test');
    expect(tried.body).toMatchObject({
      delivered: false,
      answer: expect.stringContaining('notifications.internalAddresses'),
    });
  }, 30_000);
});
