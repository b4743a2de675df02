import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { Api } from '../../acceptance/api.ts';
import { writeSlowFile, writeTree } from '../files.ts';
import { Installation } from '../installation.ts';

let here: Installation;
let api: Api;
beforeAll(async () => {
  here = await Installation.start({
    config: () => ({
      components: [
        { id: 'slow', kind: 'directory', path: 'slow' },
        { id: 'quick', kind: 'directory', path: 'source' },
      ],
    }),
  });
  api = here.api;
  await writeSlowFile(here.path('slow', 'zeros'));
  await writeTree(here.path('source'), { 'a.txt': 'alpha' });
});
afterAll(() => here.close());
afterEach(async () => {
  const { operation } = (await api.get('/v1/status')).body;
  if (operation !== null) await api.post(`/v1/operations/${operation.id}/cancel`);
});

const slow = { components: ['slow'] };
const quick = { components: ['quick'] };

describe('one operation at a time [K2] [U2] [C9]', () => {
  test("a second request while one runs is refused with the running one's id, kind and start", async () => {
    const first = (await api.post('/v1/backups', slow)).body;
    const second = await api.post('/v1/backups', quick);
    expect(second.status).toBe(409);
    expect(second.body).toMatchObject({
      code: 'operation_running',
      operation: { id: first.id, kind: 'backup', startedAt: first.createdAt },
    });
    expect(second.body.detail).toContain(first.id);
    expect((await api.get('/v1/status')).body).toMatchObject({
      state: 'BUSY',
      operation: { id: first.id, kind: 'backup' },
    });
    expect((await api.get('/v1/backups')).body.total).toBe(1);
  });

  test('of 50 at one instant exactly one runs', async () => {
    const answers = await Promise.all(Array.from({ length: 50 }, () => api.post('/v1/backups', slow)));
    const accepted = answers.filter(({ status }) => status === 202);
    const refused = answers.filter(({ status }) => status === 409);
    expect([accepted.length, refused.length]).toEqual([1, 49]);
    for (const { body } of refused) expect(body.operation.id).toBe(accepted[0]?.body.id);
  });

  test('a restore, a verification and a delete wait for their turn too', async () => {
    const done = await api.backup(quick);
    await api.post('/v1/backups', slow);
    expect((await api.post(`/v1/backups/${done.id}/restores`, { dryRun: true })).body.code).toBe(
      'operation_running',
    );
    expect((await api.post(`/v1/backups/${done.id}/verify`)).body.code).toBe('operation_running');
    const { operation } = (await api.get('/v1/status')).body;
    expect((await api.delete(`/v1/backups/${operation.id}`)).body.code).toBe('operation_running');
  });
});

describe('cancel [B9]', () => {
  test('ends a run within seconds, leaves nothing in the store, and frees the lock', async () => {
    const { body } = await api.post('/v1/backups', slow);
    await api.until(`/v1/backups/${body.id}`, ({ progress }) => progress.sourceBytes > 0);
    const asked = Date.now();
    expect((await api.post(`/v1/operations/${body.id}/cancel`)).status).toBe(202);
    const record = await api.ended(`/v1/backups/${body.id}`);
    expect(Date.now() - asked).toBeLessThan(5_000);
    expect(record).toMatchObject({
      state: 'CANCELLED',
      shortError: 'cancelled by command line',
      archiveBytes: 0,
    });
    expect(record.completedAt).not.toBeNull();
    const archives = join(here.data, 'archives');
    expect(existsSync(join(archives, record.fileName))).toBe(false);
    const staging = join(archives, '.holdfast-staging');
    expect(existsSync(staging) ? readdirSync(staging) : []).toEqual([]);
    expect((await api.get('/v1/status')).body).toMatchObject({
      state: 'IDLE',
      last: { id: body.id, state: 'CANCELLED' },
    });
    expect((await api.backup(quick)).state).toBe('SUCCESS');
  });

  test('of what does not run is refused', async () => {
    const { id } = await api.backup(quick);
    const answer = await api.post(`/v1/operations/${id}/cancel`);
    expect([answer.status, answer.body.code]).toEqual([404, 'not_found']);
  });
});

describe('idempotent starts [B16]', () => {
  const keyed = (key: string, request: unknown) =>
    api.post('/v1/backups', request, { headers: { 'idempotency-key': key } });

  test('the same request under the same key starts once, also while it runs and also at one instant', async () => {
    const answers = await Promise.all(Array.from({ length: 10 }, () => keyed('one', slow)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    const { id } = answers[0]?.body ?? {};
    await api.post(`/v1/operations/${id}/cancel`);
    const after = await keyed('one', slow);
    expect(after.body).toMatchObject({ id, state: 'CANCELLED' });
  });

  test('whatever is started: a restore, a verification, a re-seal', async () => {
    const { id, encryption } = await api.backup(quick);
    const { body: key } = await api.post('/v1/keys', { scope: 'system', default: false });
    expect(encryption.keyId).not.toBe(key.id);
    for (const [path, body, other] of [
      ['restores', { dryRun: true }, { dryRun: true, existing: 'skip' }],
      ['verify', { subset: '1/1' }, { subset: '1/2' }],
      ['reseal', { keyId: key.id }, {}],
    ] as const) {
      const headers = { 'idempotency-key': `once for ${path}` };
      const send = (request: unknown) => api.post(`/v1/backups/${id}/${path}`, request, { headers });
      const first = await send(body);
      expect([path, first.status]).toEqual([path, 202]);
      const again = await send(body);
      expect([path, again.status, again.body.id]).toEqual([path, 202, first.body.id]);
      await api.until(again.headers.get('location') ?? '', ({ state }) => state !== 'IN_PROGRESS');
      // This also holds after the backup has ended, when the same request could no longer start.
      expect((await send(body)).body).toMatchObject({ id: first.body.id, state: 'SUCCESS' });
      expect((await send(other)).body.code).toBe('idempotency_conflict');
    }
  });

  test('a key that was used for a verification is none for a re-seal of the same backup', async () => {
    const { id } = await api.backup(quick);
    const headers = { 'idempotency-key': 'two starts' };
    const { headers: answered } = await api.post(`/v1/backups/${id}/verify`, {}, { headers });
    await api.until(answered.get('location') ?? '', ({ state }) => state !== 'IN_PROGRESS');
    const reseal = await api.post(`/v1/backups/${id}/reseal`, {}, { headers });
    expect([reseal.status, reseal.body.code]).toEqual([409, 'idempotency_conflict']);
  });

  test('another request under the same key is refused', async () => {
    await keyed('two', quick);
    const other = await keyed('two', { ...quick, label: 'other' });
    expect([other.status, other.body.code]).toEqual([409, 'idempotency_conflict']);
  });
});

test('a server that is told to stop ends what runs, and says so in its record [B1]', async () => {
  const { body } = await api.post('/v1/backups', slow);
  await api.until(`/v1/backups/${body.id}`, ({ progress }) => progress.sourceBytes > 0);
  await here.end('SIGTERM');
  await here.startServer();
  api = here.api;
  expect((await api.get(`/v1/backups/${body.id}`)).body).toMatchObject({
    state: 'FAILED',
    shortError: expect.stringContaining('interrupted: the server was stopped while it ran'),
  });
  expect((await api.get('/v1/status')).body.state).toBe('IDLE');
});
