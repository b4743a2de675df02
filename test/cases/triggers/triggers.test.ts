/**
 * Backups that a signed message starts. The library that Standard Webhooks provides for senders signs the
 * messages.
 */
import { generateKeyPairSync, sign } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { JsonLogger } from '../../../lib/adapters/any/json-logger.ts';
import { configSchema } from '../../../lib/model/config/config.ts';
import { triggerEventId } from '../../../lib/model/records/trigger.ts';
import { receiveEvent } from '../../../lib/operations/triggers/trigger-events.ts';
import { sweep } from '../../../lib/operations/upkeep/sweep.ts';
import { put } from '../../../lib/ports/catalog/catalog.ts';
import { type RunningServer, startServer } from '../../../lib/runtimes/server/server.ts';
import { type Answer, Api } from '../../acceptance/api.ts';
import { deadlineIn } from '../../deadline.ts';
import { writeSlowFile, writeTree } from '../files.ts';

const secret = `whsec_${Buffer.alloc(32, 1).toString('base64')}`;
const otherSecret = `whsec_${Buffer.alloc(32, 2).toString('base64')}`;

let folder: string;
let server: RunningServer;
let api: Api;
let log: string;
/** The real clock, which a test may shift. */
let offset = 0;
const now = (): Date => new Date(Date.now() + offset);

const start = async (config: Record<string, unknown> = {}): Promise<void> => {
  server = await startServer({
    data: join(folder, 'data'),
    config: configSchema.parse({
      installation: 'acme',
      components: [
        { id: 'quick', kind: 'directory', path: join(folder, 'quick') },
        { id: 'slow', kind: 'directory', path: join(folder, 'slow') },
      ],
      triggers: [
        {
          id: 'deployed',
          kind: 'webhook',
          secrets: [{ env: 'TEST_TRIGGER_SECRET' }, { env: 'TEST_TRIGGER_OTHER_SECRET' }],
          label: 'deployed',
          components: ['quick'],
        },
        {
          id: 'patient',
          kind: 'webhook',
          secrets: [{ env: 'TEST_TRIGGER_SECRET' }],
          label: 'patient',
          components: ['quick'],
          waitMinutes: 30,
        },
      ],
      ...config,
    }),
    log: new JsonLogger({
      write: (line) => {
        log += line;
      },
    }),
    port: 0,
    clock: { now },
    takeAdminToken: () => undefined,
  });
  api = new Api(server.url, (await readFile(join(folder, 'data', 'cli.token'), 'utf8')).trim());
};

interface Sent {
  readonly id: string;
  readonly body?: string;
  readonly sentBody?: string;
  readonly at?: Date;
  readonly by?: string;
  readonly headers?: Record<string, string>;
}

const send = (
  trigger: string,
  { id, body = '{"a":1}', sentBody = body, at = now(), by = secret, headers }: Sent,
): Promise<Answer> =>
  api.call('POST', `/v1/triggers/${trigger}`, {
    token: null,
    body: sentBody,
    headers: {
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
      'webhook-signature': new Webhook(by).sign(id, at, body),
      ...headers,
    },
  });

const backupsOf = async (label: string) => (await api.get(`/v1/backups?label=${label}`)).body.resources;
/** A backup that holds the lock until the test cancels it. */
const hold = async (): Promise<string> => {
  const { body } = await api.post('/v1/backups', { label: 'holder', components: ['slow'] });
  return body.id;
};
const letGo = async (id: string): Promise<void> => {
  await api.post(`/v1/operations/${id}/cancel`);
  await api.ended(`/v1/backups/${id}`);
};

/** Records an event that arrived this many minutes ago and has not been handled. */
const writeDown = (triggerId: string, eventId: string, minutes: number): Promise<void> =>
  server.host.catalog.commit([
    put('triggerEvent', {
      id: triggerEventId(triggerId, eventId),
      triggerId,
      receivedAt: new Date(now().getTime() - minutes * 60_000).toISOString(),
      state: 'waiting',
      backupId: null,
    }),
  ]);

beforeAll(() => {
  process.env.TEST_TRIGGER_SECRET = secret;
  process.env.TEST_TRIGGER_OTHER_SECRET = otherSecret;
});
beforeEach(async () => {
  offset = 0;
  log = '';
  folder = await mkdtemp(join(tmpdir(), 'holdfast-triggers-'));
  await writeTree(join(folder, 'quick'), { 'a.txt': 'alpha' });
  await writeSlowFile(join(folder, 'slow', 'zeros'));
});
afterEach(async () => {
  await server?.close();
  await rm(folder, { recursive: true, force: true });
});
afterAll(() => {
  delete process.env.TEST_TRIGGER_SECRET;
  delete process.env.TEST_TRIGGER_OTHER_SECRET;
});

describe('a signed message [B26]', () => {
  test('begins one backup, however often it is sent, by a principal that may make backups alone', async () => {
    await start();
    const answers = await Promise.all([
      send('deployed', { id: 'message-1' }),
      send('deployed', { id: 'message-1' }),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([202, 202]);
    expect(answers.map(({ body }) => body.repeated).sort()).toEqual([false, true]);
    const [backup, ...others] = await backupsOf('deployed');
    expect(others).toEqual([]);
    expect(await api.ended(`/v1/backups/${backup.id}`)).toMatchObject({
      state: 'SUCCESS',
      createdBy: 'trigger deployed',
      components: { quick: { state: 'SUCCESS' } },
    });
    const again = await send('deployed', { id: 'message-1' });
    expect(again.body).toEqual({ state: 'begun', backupId: backup.id, repeated: true });
    expect(await backupsOf('deployed')).toHaveLength(1);
    const { body: trail } = await api.get('/v1/audit?limit=100');
    expect(trail.resources).toContainEqual(
      expect.objectContaining({
        actor: { kind: 'trigger', id: 'deployed', name: 'trigger deployed' },
        action: 'trigger.run',
        outcome: 'done',
        made: `backups/${backup.id}`,
      }),
    );
  });

  test('is taken with any body, byte by byte as it was signed, and with the second secret too', async () => {
    await start();
    for (const [index, body] of ['', 'no json', '{"a":1,"a":2}', '{"__proto__":1}', 'ü€😀'].entries()) {
      const headers = { 'content-type': 'text/plain' };
      const { status } = await send('patient', { id: `body-${index}`, body, headers });
      expect([body, status]).toEqual([body, 202]);
    }
    expect((await send('deployed', { id: 'other', by: otherSecret })).status).toBe(202);
  });

  test('is taken with the signature of an Ed25519 key, of which the secret is the public half', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);
    process.env.TEST_TRIGGER_PUBLIC = `whpk_${raw.toString('base64')}`;
    await start({
      triggers: [
        { id: 'keyed', kind: 'webhook', secrets: [{ env: 'TEST_TRIGGER_PUBLIC' }], components: ['quick'] },
      ],
    });
    const timestamp = String(Math.floor(now().getTime() / 1000));
    const signature = sign(null, Buffer.from(`message-1.${timestamp}.{}`), privateKey).toString('base64');
    const headers = { 'webhook-timestamp': timestamp, 'webhook-signature': `v1a,${signature}` };
    expect((await send('keyed', { id: 'message-1', body: '{}', headers })).status).toBe(202);
    expect((await send('keyed', { id: 'message-2', body: '{}', headers })).status).toBe(401);
    delete process.env.TEST_TRIGGER_PUBLIC;
  });

  test('is refused where the public key is one for which anybody can make a signature', async () => {
    const neutral = Buffer.from([1, ...Buffer.alloc(31)]);
    process.env.TEST_TRIGGER_PUBLIC = `whpk_${neutral.toString('base64')}`;
    await start({
      triggers: [
        { id: 'keyed', kind: 'webhook', secrets: [{ env: 'TEST_TRIGGER_PUBLIC' }], components: ['quick'] },
      ],
    });
    const everybodys = Buffer.concat([neutral, Buffer.alloc(32)]).toString('base64');
    const headers = {
      'webhook-timestamp': String(Math.floor(now().getTime() / 1000)),
      'webhook-signature': `v1a,${everybodys}`,
    };
    expect((await send('keyed', { id: 'message-1', body: '{}', headers })).status).toBe(401);
    delete process.env.TEST_TRIGGER_PUBLIC;
  });

  test('is refused alike for a wrong secret, another body, another id and an unknown trigger', async () => {
    await start();
    const wrong = `whsec_${Buffer.alloc(32, 9).toString('base64')}`;
    const answers = [
      await send('deployed', { id: 'message-1', by: wrong }),
      await send('deployed', { id: 'message-1', sentBody: '{"a":2}' }),
      await send('deployed', { id: 'message-1', headers: { 'webhook-id': 'message-2' } }),
      await send('nobody', { id: 'message-1' }),
      await send('__proto__', { id: 'message-1' }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([401, 401, 401, 401, 404]);
    expect(new Set(answers.slice(0, 4).map(({ body }) => body.detail)).size).toBe(1);
    expect((await api.get('/v1/backups')).body.total).toBe(0);
  });

  test.each([
    ['six minutes old', -360_000],
    ['of six minutes from now', 360_000],
  ])('is refused when it is %s', async (_what, away) => {
    await start();
    const { status, body } = await send('deployed', { id: 'old', at: new Date(now().getTime() + away) });
    expect([status, body.detail]).toEqual([401, expect.stringContaining('300 are allowed')]);
  });

  test('is refused without its headers, and with ones that are none', async () => {
    await start();
    const bad: Record<string, string>[] = [
      { 'webhook-id': 'with blank' },
      { 'webhook-id': 'x'.repeat(257) },
      { 'webhook-timestamp': 'now' },
      { 'webhook-timestamp': '-1' },
      { 'webhook-timestamp': '1e9' },
      { 'webhook-signature': 'v1' },
      { 'webhook-signature': 'v2,abc' },
      { 'webhook-signature': `v1,${Buffer.alloc(31).toString('base64')}` },
    ];
    for (const headers of bad)
      expect([headers, (await send('deployed', { id: 'bad', headers })).status]).toEqual([headers, 401]);
    expect((await api.call('POST', '/v1/triggers/deployed', { token: null })).status).toBe(401);
    // The caller has a token but no signature.
    expect((await api.post('/v1/triggers/deployed', {})).status).toBe(401);
  });

  test('of more than 128 KiB is refused, and its rest is not waited for', async () => {
    await start();
    const { status } = await send('deployed', { id: 'big', body: 'x'.repeat(131_073) });
    expect(status).toBe(413);
  });

  test('is not taken while the secret cannot be read, and nothing of the secret is told', async () => {
    await start({
      triggers: [{ id: 'lost', kind: 'webhook', secrets: [{ env: 'TEST_TRIGGER_NOT_SET' }] }],
    });
    const { status, text } = await send('lost', { id: 'message-1' });
    expect(status).toBe(503);
    expect(text).not.toContain('TEST_TRIGGER_NOT_SET');
    expect(log).toContain('TEST_TRIGGER_NOT_SET');
  });
});

describe('a lock that is held [B26] [U2]', () => {
  test('refuses a trigger that does not wait: recorded as FAILED once, told, and remembered', async () => {
    await start();
    const holder = await hold();
    const first = await send('deployed', { id: 'message-1' });
    expect(first.body).toMatchObject({ state: 'refused', repeated: false });
    const again = await send('deployed', { id: 'message-1' });
    expect(again.body).toEqual({ ...first.body, repeated: true });
    expect(await backupsOf('deployed')).toMatchObject([
      { id: first.body.backupId, state: 'FAILED', shortError: `another backup is running: ${holder}` },
    ]);
    await api.until('/v1/notices?limit=100', ({ resources }) =>
      resources.some(
        ({ type, backupId }: Record<string, string>) =>
          type === 'backup.failed' && backupId === first.body.backupId,
      ),
    );
    await letGo(holder);
    await sweep(server.host);
    expect(await backupsOf('deployed')).toHaveLength(1);
  });

  test('is waited for: one backup begins for all events that came meanwhile, also after a restart', async () => {
    await start();
    const holder = await hold();
    for (const id of ['one', 'two', 'three'])
      expect((await send('patient', { id })).body).toEqual({
        state: 'waiting',
        backupId: null,
        repeated: false,
      });
    await sweep(server.host);
    expect(await backupsOf('patient')).toEqual([]);
    await server.close();
    // The next start ends the interrupted backup and starts the waiting one.
    await start();
    const [backup, ...others] = await backupsOf('patient');
    expect(others).toEqual([]);
    expect(await api.ended(`/v1/backups/${backup.id}`)).toMatchObject({ state: 'SUCCESS' });
    expect(await api.ended(`/v1/backups/${holder}`)).toMatchObject({ state: 'FAILED' });
    for (const id of ['one', 'two', 'three'])
      expect((await send('patient', { id })).body).toEqual({
        state: 'begun',
        backupId: backup.id,
        repeated: true,
      });
    expect(await backupsOf('patient')).toHaveLength(1);
  });

  test('is waited for as long as the trigger says, and then each event that waited so long is one refusal', async () => {
    await start();
    const holder = await hold();
    for (const [eventId, minutes] of [
      ['early', 31],
      ['late', 29],
    ] as const)
      await writeDown('patient', eventId, minutes);
    await sweep(server.host);
    const [refused, ...others] = await backupsOf('patient');
    expect(others).toEqual([]);
    expect(refused).toMatchObject({ state: 'FAILED', errorCode: 'operation_running' });
    expect((await send('patient', { id: 'early' })).body).toMatchObject({
      state: 'refused',
      backupId: refused.id,
    });
    expect((await send('patient', { id: 'late' })).body).toMatchObject({ state: 'waiting' });
    await letGo(holder);
    await sweep(server.host);
    expect((await send('patient', { id: 'late' })).body).toMatchObject({ state: 'begun' });
  });

  test('by its own backup: an event that comes while one runs waits for the next', async () => {
    await start({
      triggers: [
        {
          ...{ id: 'again', kind: 'webhook', secrets: [{ env: 'TEST_TRIGGER_SECRET' }], label: 'again' },
          ...{ components: ['slow'], waitMinutes: 30 },
        },
      ],
    });
    const first = await send('again', { id: 'one' });
    expect(first.body.state).toBe('begun');
    expect((await send('again', { id: 'two' })).body.state).toBe('waiting');
    await letGo(first.body.backupId);
    await sweep(server.host);
    const second = await send('again', { id: 'two' });
    expect(second.body).toMatchObject({ state: 'begun', repeated: true });
    expect(second.body.backupId).not.toBe(first.body.backupId);
    await letGo(second.body.backupId);
  });
});

describe('a crash [B26] [B1]', () => {
  test('between the event that was written down and its backup loses nothing: the sweep begins it', async () => {
    await start();
    await writeDown('deployed', 'lost', 0);
    await sweep(server.host);
    const [backup] = await backupsOf('deployed');
    expect((await send('deployed', { id: 'lost' })).body).toEqual({
      state: 'begun',
      backupId: backup.id,
      repeated: true,
    });
  });

  test('between the backup that began and the note of it begins no second one', async () => {
    await start();
    const { body } = await send('deployed', { id: 'one' });
    await api.ended(`/v1/backups/${body.backupId}`);
    const id = triggerEventId('deployed', 'one');
    const noted = (await server.host.catalog.get('triggerEvent', id))?.record;
    if (noted === undefined) throw new Error('the event is not in the catalog');
    await server.host.catalog.commit([put('triggerEvent', { ...noted, state: 'waiting', backupId: null })]);
    await sweep(server.host);
    expect(await backupsOf('deployed')).toHaveLength(1);
    expect((await server.host.catalog.get('triggerEvent', id))?.record).toEqual(noted);
  });
});

describe('events [B26]', () => {
  test('of a trigger that the configuration has no more are dropped; old ones are forgotten after a week', async () => {
    await start();
    const holder = await hold();
    await send('patient', { id: 'one' });
    await server.close();
    await start({ triggers: [] });
    await api.ended(`/v1/backups/${holder}`);
    const id = triggerEventId('patient', 'one');
    expect((await server.host.catalog.get('triggerEvent', id))?.record).toMatchObject({ state: 'refused' });
    expect(await backupsOf('patient')).toEqual([]);
    offset += 8 * 24 * 3600_000;
    await sweep(server.host);
    expect(await server.host.catalog.get('triggerEvent', id)).toBeUndefined();
  });

  test('while backups are switched off are refused with that reason', async () => {
    await start({ backups: false });
    const { body } = await send('patient', { id: 'one' });
    expect(body.state).toBe('refused');
    expect(await backupsOf('patient')).toMatchObject([{ state: 'FAILED', errorCode: 'backups_disabled' }]);
  });

  test('have any id: one of another trigger is another event', async () => {
    await start();
    const [deployed, patient] = server.host.config.triggers;
    if (deployed === undefined || patient === undefined) throw new Error('two triggers are configured');
    for (const eventId of ['__proto__', '', 'x'.repeat(10_000), '\u0000/☃'])
      expect(await receiveEvent(server.host, patient, eventId)).toMatchObject({ repeated: false });
    expect(await receiveEvent(server.host, deployed, '__proto__')).toMatchObject({ repeated: false });
    expect(await receiveEvent(server.host, patient, '__proto__')).toMatchObject({ repeated: true });
  });
});

describe('two schedules of different components at one minute [B26] [K7]', () => {
  test('lose neither when they are asked to wait', async () => {
    offset = 58_000 - (Date.now() % 60_000);
    const minute = new Date(now().getTime() + 2_000).getUTCMinutes();
    await start({
      schedules: ['one', 'two'].map((id) => ({
        ...{ id, cron: `${minute} * * * *`, label: `twin-${id}`, components: ['quick'], waitMinutes: 5 },
      })),
    });
    const holder = await hold();
    const ends = async () =>
      (await api.get('/v1/backups?limit=100')).body.resources
        .filter(
          ({ label, state }: Record<string, string>) => label?.startsWith('twin') && state !== 'IN_PROGRESS',
        )
        .map(({ label, state }: Record<string, string>) => `${label} ${state}`);
    await pause(4_000);
    expect(await ends()).toEqual([]);
    await letGo(holder);
    const deadline = deadlineIn(75_000);
    while (new Set(await ends()).size < 2 && !deadline.isOver)
      await pause(200).then(() => server.host.timers.set());
    expect(new Set(await ends())).toEqual(new Set(['twin-one SUCCESS', 'twin-two SUCCESS']));
  }, 120_000);
});
