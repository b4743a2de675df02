import { writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Api } from '../../acceptance/api.ts';
import { Installation } from '../installation.ts';

let installation: Installation;

beforeAll(async () => {
  installation = await Installation.start({
    config: (folder) => ({
      components: [{ id: 'notes', kind: 'directory', path: `${folder}/source` }],
      schedules: [
        { id: 'nightly', cron: '30 2 * * *', timeZone: 'Asia/Kolkata', label: 'nightly' },
        { id: 'off', cron: '@monthly', components: ['notes'], enabled: false },
      ],
    }),
  });
});
afterAll(() => installation.close());

describe('schedules of the configuration', () => {
  test('are listed with the next five runs, in UTC and in the zone of each [C13]', async () => {
    const { status, body } = await installation.api.get('/v1/schedules');
    expect([status, body.total, body.skip, body.limit]).toEqual([200, 2, 0, 10]);
    const [nightly, off] = body.resources;
    expect(nightly).toMatchObject({
      id: 'nightly',
      managed: 'configuration',
      state: 'active',
      cron: '30 2 * * *',
      timeZone: 'Asia/Kolkata',
      label: 'nightly',
      components: null,
    });
    expect(nightly.nextRuns).toHaveLength(5);
    for (const { at, local } of nightly.nextRuns) {
      expect(at).toMatch(/T21:00:00\.000Z$/);
      expect(local).toMatch(/T02:30:00\+05:30$/);
      expect(Date.parse(local)).toBe(Date.parse(at));
    }
    expect(off).toMatchObject({ id: 'off', state: 'paused', components: ['notes'], nextRuns: [] });
    expect((await installation.api.get('/v1/schedules?skip=1&limit=1')).body.resources).toEqual([off]);
  });

  test('are shown one by one, and one that is not there is not found [C13]', async () => {
    expect((await installation.api.get('/v1/schedules/nightly')).body.label).toBe('nightly');
    for (const id of ['weekly', '..', 'x'.repeat(90)])
      expect((await installation.api.get(`/v1/schedules/${id}`)).status).toBe(404);
  });
});

const put = (path: string, body: object) => installation.api.call('PUT', path, { body });
const make = (body: object) => installation.api.post('/v1/schedules', body);

describe('schedules of the API', () => {
  test('are made, shown, changed, paused, resumed and deleted [C13]', async () => {
    const { api } = installation;
    const made = await make({
      ...{ id: 'weekly', cron: '@weekly', timeZone: 'America/New_York', label: 'weekly' },
      ...{
        components: ['notes'],
        description: 'the week',
        jitterMinutes: 30,
        catchUp: 'run',
        waitMinutes: 5,
      },
    });
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({
      ...{ id: 'weekly', managed: 'api', state: 'active', version: 1, label: 'weekly', scope: 'system' },
      ...{ components: ['notes'], jitterMinutes: 30, catchUp: 'run', waitMinutes: 5, verification: 'full' },
      createdBy: 'command line',
    });
    expect(made.body.nextRuns).toHaveLength(5);
    expect((await api.get('/v1/schedules/weekly')).body).toEqual(made.body);
    expect(
      (await api.get('/v1/schedules?limit=100')).body.resources.map(({ id }: { id: string }) => id),
    ).toEqual(['nightly', 'off', 'weekly']);

    const changed = await put('/v1/schedules/weekly', { cron: 'every 6h', version: 1 });
    expect(changed).toMatchObject({
      status: 200,
      body: {
        cron: 'every 6h',
        timeZone: 'UTC',
        components: null,
        version: 2,
        createdAt: made.body.createdAt,
      },
    });
    const behind = await put('/v1/schedules/weekly', { cron: '@daily', version: 1 });
    expect([behind.status, behind.body.code]).toEqual([409, 'conflict']);

    const paused = await api.post('/v1/schedules/weekly/pause');
    expect(paused).toMatchObject({ status: 200, body: { state: 'paused', nextRuns: [], version: 3 } });
    const resumed = await api.post('/v1/schedules/weekly/resume');
    expect(resumed).toMatchObject({ status: 200, body: { state: 'active', cron: 'every 6h', version: 4 } });
    expect((await api.get('/v1/backups')).body.total).toBe(0);

    expect((await api.delete('/v1/schedules/weekly')).status).toBe(204);
    for (const again of [await api.get('/v1/schedules/weekly'), await api.delete('/v1/schedules/weekly')])
      expect([again.status, again.body.code]).toEqual([404, 'not_found']);
  });

  test('have a policy of their own, which whoever may change policies says [C13]', async () => {
    const { api } = installation;
    const policy = { keepLast: 3, keepDaily: 7 };
    const made = await make({ id: 'kept', cron: '@daily', timeZone: 'Europe/Berlin', retention: policy });
    expect(made).toMatchObject({ status: 201, body: { retention: policy } });
    expect((await api.get('/v1/retention/plan?schedule=kept')).body).toMatchObject({
      ...{ policy, timeZone: 'Europe/Berlin', total: 0 },
    });
    expect((await make({ id: 'none', cron: '@daily', retention: {} })).status).toBe(400);

    const operator = await api.post('/v1/tokens', { name: 'shift', role: 'operator' });
    const shift = new Api(api.url, operator.body.token);
    const changes = (body: object) =>
      shift.call('PUT', '/v1/schedules/kept', { body: { cron: 'every 6h', timeZone: 'UTC', ...body } });
    for (const refused of [
      await changes({ retention: { keepLast: 1 } }),
      await changes({}),
      await shift.post('/v1/schedules', { id: 'own', cron: '@daily', retention: policy }),
    ]) {
      expect([refused.status, refused.body.code]).toEqual([403, 'forbidden']);
      expect(refused.body.detail).toContain('policy.write');
    }
    expect(await changes({ retention: policy })).toMatchObject({ status: 200, body: { retention: policy } });

    expect((await put('/v1/schedules/kept', { cron: '@daily' })).body.retention).toBeNull();
    expect((await api.get('/v1/retention/plan?schedule=kept')).body.detail).toContain('no retention policy');
    expect((await api.delete('/v1/schedules/kept')).status).toBe(204);
    expect((await api.get('/v1/retention/plan?schedule=kept')).status).toBe(404);
  });

  test('of the configuration are changed there [C13]', async () => {
    const { api } = installation;
    for (const refused of [
      await make({ id: 'nightly', cron: '@daily' }),
      await put('/v1/schedules/nightly', { cron: '@daily' }),
      await api.post('/v1/schedules/nightly/pause'),
      await api.delete('/v1/schedules/nightly'),
    ]) {
      expect([refused.status, refused.body.code]).toEqual([409, 'conflict']);
      expect(refused.body.detail).toContain('holdfast.config.json');
    }
  });

  test.each<[string, object, string]>([
    ['no time', {}, 'cron'],
    ['a line that no host can run', { cron: '0 3 1 * 1' }, 'create two schedules'],
    ['a name that every object has', { cron: 'constructor' }, 'five fields'],
    ['a rate that is none', { cron: 'every 0h' }, 'such as \\"every 6h\\"'],
    ['a zone that is none', { cron: '@daily', timeZone: '+02:00' }, 'time zone'],
    [
      'an end before its start',
      { cron: '@daily', startAt: '2027-02-01T00:00:00Z', endAt: '2027-01-01T00:00:00Z' },
      'endAt',
    ],
    ['a jitter as long as its period', { cron: 'every 30m', jitterMinutes: 30 }, 'shorter'],
    ['a component that is not there', { cron: '@daily', components: ['nothing'] }, 'nothing'],
    ['a label that is none', { cron: '@daily', label: 'a/b' }, 'label'],
    ['a weaker verification', { cron: '@daily', verification: 'none' }, 'verification'],
    ['what it does not know', { cron: '@daily', colour: 'red' }, 'colour'],
    ['a domain with scope system', { cron: '@daily', domain: 'sales' }, 'domain'],
  ])('with %s are refused, and leave nothing [C13]', async (_, body, told) => {
    const { status, body: problem } = await make({ id: 'wrong', ...body });
    expect([status, problem.code]).toEqual([400, 'invalid_request']);
    expect(JSON.stringify(problem)).toContain(told);
    expect((await installation.api.get('/v1/schedules/wrong')).status).toBe(404);
  });

  test('of one id are made once, of many at the same moment [C13]', async () => {
    const all = await Promise.all(Array.from({ length: 8 }, () => make({ id: 'once', cron: '@yearly' })));
    expect(all.map(({ status }) => status).sort()).toEqual([201, ...Array(7).fill(409)]);
    await installation.api.delete('/v1/schedules/once');
  });

  test('say what clocks that change do to them [K7]', async () => {
    const { body } = await make({ id: 'clocks', cron: '30 2 * * *', timeZone: 'Europe/Berlin' });
    expect(body.notes).toEqual([
      expect.stringMatching(/^on \d{4}-(03|10)-\d\d the clocks of Europe\/Berlin /),
      expect.stringMatching(/^on \d{4}-(03|10)-\d\d the clocks of Europe\/Berlin /),
    ]);
    expect(body.notes.join()).toContain('there is no 02:30: it runs at 03:00 instead');
    expect(body.notes.join()).toContain('02:30 comes twice: it runs the first time only');
    await installation.api.delete('/v1/schedules/clocks');
  });

  test.each([
    ['a day that never comes', { cron: '0 0 30 2 *' }, 'there is no such day as "0 0 30 2 *" names'],
    ['an end that has passed', { cron: '@daily', endAt: '2020-01-01T00:00:00Z' }, 'it ended at 2020-01-01'],
    [
      'no time before the end',
      { cron: '0 0 1 1 *', startAt: '2098-02-01T00:00:00Z', endAt: '2098-03-01T00:00:00Z' },
      'comes before its end',
    ],
  ])('with %s say that they are never due [C13]', async (_, timing, told) => {
    const { body } = await make({ id: 'never', ...timing });
    expect(body).toMatchObject({ state: 'ended', nextRuns: [], notes: [expect.stringContaining(told)] });
    const { body: preview } = await installation.api.post('/v1/schedules/preview', timing);
    expect(preview.notes).toEqual(body.notes);
    await installation.api.delete('/v1/schedules/never');
  });

  test('are run when asked, paused or not, and an Idempotency-Key makes that once [C13]', async () => {
    const { api } = installation;
    await make({ id: 'by-hand', cron: '@yearly', label: 'by-hand', enabled: false });
    const begun = await api.post('/v1/schedules/by-hand/run');
    expect(begun).toMatchObject({ status: 202, body: { scheduleId: 'by-hand', label: 'by-hand' } });
    await writeFile(installation.path('source', 'a.txt'), 'alpha');
    await api.ended(`/v1/backups/${begun.body.id}`);
    const headers = { 'idempotency-key': 'once' };
    const first = await api.call('POST', '/v1/schedules/by-hand/run', { headers });
    expect(await api.ended(`/v1/backups/${first.body.id}`)).toMatchObject({ state: 'SUCCESS' });
    const second = await api.call('POST', '/v1/schedules/by-hand/run', { headers });
    expect(second.body.id).toBe(first.body.id);
    expect((await api.get('/v1/schedules/by-hand')).body.state).toBe('paused');
    await api.delete('/v1/schedules/by-hand');
  });
});
