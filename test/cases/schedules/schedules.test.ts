import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { JsonLogger } from '../../../lib/adapters/any/json-logger.ts';
import { configSchema } from '../../../lib/model/config/config.ts';
import type { BackupRecord } from '../../../lib/model/records/backup.ts';
import { runSchedule } from '../../../lib/operations/schedules/scheduled-backup.ts';
import { type RunningServer, startServer } from '../../../lib/runtimes/server/server.ts';
import { Api } from '../../acceptance/api.ts';
import { deadlineIn } from '../../deadline.ts';
import { writeSlowFile, writeTree } from '../files.ts';
import { MailSink } from '../mail-sink.ts';

let folder: string;
let sink: MailSink;
let server: RunningServer;
let api: Api;

/** The real clock, shifted so that a minute begins in two seconds. */
const nearTheMinute = () => {
  const offset = 58_000 - (Date.now() % 60_000);
  return { now: () => new Date(Date.now() + offset) };
};

const start = async (config: Record<string, unknown>, clock = nearTheMinute()): Promise<void> => {
  server = await startServer({
    data: join(folder, 'data'),
    config: configSchema.parse({
      installation: 'acme',
      components: [
        { id: 'quick', kind: 'directory', path: join(folder, 'quick') },
        { id: 'slow', kind: 'directory', path: join(folder, 'slow') },
      ],
      notifications: {
        rules: [{ events: ['*'], channels: ['*'] }],
        email: { to: ['ops@example.com'], from: 'holdfast@example.com', smtp: { env: 'TEST_SMTP_URL' } },
      },
      ...config,
    }),
    log: new JsonLogger({ write: () => undefined }),
    port: 0,
    clock,
    takeAdminToken: () => undefined,
  });
  api = new Api(server.url, (await readFile(join(folder, 'data', 'cli.token'), 'utf8')).trim());
};

const eventually = async <T>(
  get: () => T | Promise<T>,
  holds: (value: T) => boolean,
  seconds = 20,
): Promise<T> => {
  const deadline = deadlineIn(seconds * 1000);
  for (;;) {
    const value = await get();
    if (holds(value)) return value;
    if (deadline.isOver) throw new Error(`waited ${seconds} s; it stands at ${JSON.stringify(value)}`);
    await pause(50);
  }
};

/** The backup that a schedule started, or the record of its refusal. */
const begun = async (...[host, at]: Parameters<typeof runSchedule>): Promise<BackupRecord> => {
  const run = await runSchedule(host, at);
  if (typeof run === 'string') throw new Error(`the schedule ${run}`);
  return run;
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-schedules-'));
  await writeTree(join(folder, 'quick'), { 'a.txt': 'alpha' });
  await writeSlowFile(join(folder, 'slow', 'zeros'));
  sink = await MailSink.start();
  process.env.TEST_SMTP_URL = sink.url;
});
afterEach(async () => {
  await server?.close();
});
afterAll(async () => {
  await sink.close();
  await rm(folder, { recursive: true, force: true });
});

describe('schedules and notices', () => {
  test('a schedule starts a backup by itself, and its outcome is mailed [K7] [K5]', async () => {
    await start({
      schedules: [{ id: 'minutely', cron: '* * * * *', label: 'minutely', components: ['quick'] }],
    });
    const list = await eventually(
      async () => (await api.get('/v1/backups')).body,
      ({ resources }) => resources[0]?.state === 'SUCCESS',
    );
    expect(list.resources[0]).toMatchObject({
      label: 'minutely',
      scheduleId: 'minutely',
      createdBy: 'schedule minutely',
    });
    const [mail] = await eventually(
      () => sink.messages,
      ({ length }) => length > 0,
    );
    expect(mail).toContain(list.resources[0].id);
    expect(mail).toMatch(/^Subject: .*acme/m);
  });

  test('of two at the same minute one runs; the other is recorded as FAILED with the id of the first, and told [U2]', async () => {
    sink.messages.length = 0;
    const before = Date.now();
    await start({
      schedules: ['one', 'two'].map((id) => ({
        id,
        cron: '* * * * *',
        label: `twin-${id}`,
        components: ['slow'],
      })),
    });
    const { resources } = await eventually(
      async () => (await api.get('/v1/backups')).body,
      ({ resources }) =>
        resources.filter(({ label }: { label: string }) => label.startsWith('twin')).length === 2,
    );
    const states = Object.fromEntries(resources.map((record: { state: string }) => [record.state, record]));
    expect(states.FAILED).toMatchObject({
      shortError: `another backup is running: ${states.IN_PROGRESS.id}`,
      archiveBytes: 0,
    });
    const mail = await eventually(
      () => sink.messages.find((one) => one.replaceAll(/=\r?\n/g, '').includes(states.FAILED.id)),
      (found) => found !== undefined,
    );
    expect(mail?.replaceAll(/=\r?\n/g, '')).toContain(states.IN_PROGRESS.id);
    await api.post(`/v1/operations/${states.IN_PROGRESS.id}/cancel`);
    expect(Date.now() - before).toBeLessThan(30_000);
  });

  test('a time that is asked for again after a crash is refused, recorded and told once [K7] [B16]', async () => {
    await start(
      { backups: false, schedules: [{ id: 'nightly', cron: '0 3 * * *', label: 'nightly' }] },
      { now: () => new Date() },
    );
    const { recordMissedSchedule } = await import('../../../lib/operations/schedules/scheduled-backup.ts');
    const at = new Date('2026-11-20T03:00:00Z');
    const again = { scheduleId: 'nightly', at };
    const first = await begun(server.host, again);
    expect(first).toMatchObject({ state: 'FAILED', shortError: expect.stringContaining('switched off') });
    expect((await begun(server.host, again)).id).toBe(first.id);
    expect((await recordMissedSchedule(server.host, again)).id).toBe(first.id);
    const next = await recordMissedSchedule(server.host, { ...again, at: new Date('2026-11-21T03:00:00Z') });
    expect(next.shortError).toMatch(/^missed: /);
    expect(
      (await recordMissedSchedule(server.host, { ...again, at: new Date('2026-11-21T03:00:00Z') })).id,
    ).toBe(next.id);
    expect((await api.get('/v1/backups?label=nightly')).body.total).toBe(2);
    const told = await Promise.all(
      (['event', 'notice'] as const).map(async (kind) =>
        (await server.host.catalog.list(kind)).records.map(({ backupId }) => backupId),
      ),
    ).then((lists) => lists.flat());
    expect(told.filter((id) => id === first.id || id === next.id)).toHaveLength(2);
  });

  test('a restore in the way is called a restore [U2]', async () => {
    await start({ schedules: [{ id: 'nightly', cron: '0 3 * * *' }] }, { now: () => new Date() });
    const operation = {
      id: 'restore-6f9619ff-8b86-4011-b42d-00c04fc964ff',
      kind: 'restore' as const,
      backupId: 'nightly-6f9619ff-8b86-4011-b42d-00c04fc964fe',
      startedAt: new Date().toISOString(),
    };
    const leaseUntil = new Date(Date.now() + 60_000).toISOString();
    await server.host.catalog.take({ operation, leaseUntil }, []);
    const refused = await begun(server.host, { scheduleId: 'nightly', at: new Date() });
    expect(refused.shortError).toBe(`a restore is running: ${operation.id}`);
  });

  test('a dry run is told to nobody: it restored nothing, and whoever asked reads its plan [K5] [B7]', async () => {
    await start({}, { now: () => new Date() });
    // After the start the server also delivers notices of earlier tests; one made under a clock that was
    // ahead is not due yet.
    await eventually(
      () => server.host.catalog.list('delivery', { group: 'waiting' }),
      ({ records }) =>
        records.every(
          ({ createdAt, nextAttemptAt }) => nextAttemptAt === createdAt && Date.parse(createdAt) > Date.now(),
        ),
    );
    sink.messages.length = 0;
    const { id } = await api.backup({ components: ['quick'], label: 'planned' });
    const targets = { quick: join(folder, 'elsewhere') };
    const planned = await api.restore(id, { targets, dryRun: true });
    expect(planned).toMatchObject({ state: 'SUCCESS', dryRun: true, progress: { step: 'open-archive' } });
    const restored = await api.restore(id, { targets });
    await eventually(
      () => sink.messages,
      (messages) => messages.some((mail) => mail.includes(restored.id)),
    );
    expect(sink.messages.filter((mail) => mail.includes(planned.id))).toEqual([]);
    expect(sink.messages).toHaveLength(2);
  });

  test('an outcome survives a mail server that is down: it waits in the outbox and goes out later [K5]', async () => {
    const port = sink.port;
    await sink.close();
    const clock = { offset: 0, now: () => new Date(Date.now() + clock.offset) };
    await start({}, clock);
    expect((await api.backup({ components: ['quick'], label: 'unheard' })).state).toBe('SUCCESS');
    await eventually(
      () => server.host.catalog.list('delivery', { group: 'waiting' }),
      ({ records }) =>
        records.some(({ attempts, channel }) => attempts > 0 && channel === 'email:ops@example.com'),
    );
    const { records: waiting } = await server.host.catalog.list('delivery', { group: 'waiting' });
    expect(waiting.filter(({ channel }) => channel === 'log')).toEqual([]);
    sink = await MailSink.start(port);
    clock.offset = 3600_000;
    const { sweep } = await import('../../../lib/operations/upkeep/sweep.ts');
    await sweep(server.host);
    expect(sink.messages.filter((mail) => mail.includes('unheard'))).toHaveLength(1);
    expect((await server.host.catalog.list('event')).total).toBe(0);
    expect((await server.host.catalog.list('delivery', { group: 'waiting' })).total).toBe(0);
  });
});
