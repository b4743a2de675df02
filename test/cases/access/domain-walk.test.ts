/**
 * The administrator of one domain calls every route with everything that exists in another domain: ids,
 * names, filters, keys. The answer must equal the answer to an id that does not exist.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { everyRoute } from '../../../lambdas/api-handlers.ts';
import type { RouteFacts } from '../../../lib/api/route.ts';
import { byteRoutes } from '../../../lib/api/routes/bytes.ts';
import { type Answer, Api } from '../../acceptance/api.ts';
import { Installation } from '../installation.ts';

let here: Installation;
let north: Api;
let south: Api;
/** The ids and names of the domain south and of the whole installation, by kind. */
const there: Record<string, string> = {};

const tokenOf = async (role: string, domain: string): Promise<{ api: Api; id: string }> => {
  const { status, body } = await here.api.post('/v1/tokens', { name: `${role} of ${domain}`, role, domain });
  expect(status).toBe(201);
  return { api: new Api(here.api.url, body.token), id: body.id };
};
const made = async (answer: Promise<Answer>): Promise<Answer['body']> => {
  const { status, body } = await answer;
  expect([[200, 201, 202].includes(status), body.detail]).toEqual([true, undefined]);
  return body;
};
const ended = async (answer: Promise<Answer>, records: string, api: Api): Promise<string> => {
  const { id } = await made(answer);
  expect((await api.ended(`${records}/${id}`)).state).toBe('SUCCESS');
  return id;
};
const schedule = (id: string, more: object = {}) => ({
  ...{ id, cron: '0 3 * * *', scope: 'domain', retention: { keepLast: 1 } },
  ...more,
});
const own = (domain: string) => ({ scope: 'domain', domain });

beforeAll(async () => {
  here = await Installation.start({
    config: (folder) => ({
      domains: ['root', 'north', 'south'],
      approval: { actions: ['backup.release'] },
      retention: { labels: { weekly: { keepLast: 3 } } },
      components: ['north', 'south'].map((domain) => ({
        id: `of-${domain}`,
        ...{ kind: 'directory', path: join(folder, domain), domain },
      })),
    }),
  });
  for (const name of ['north', 'south']) {
    await mkdir(here.path(name));
    await writeFile(here.path(name, 'a.txt'), `of ${name}`);
  }
  north = (await tokenOf('domain-administrator', 'north')).api;
  const ofSouth = await tokenOf('domain-administrator', 'south');
  south = ofSouth.api;
  there.token = ofSouth.id;
  there.user = (
    await made(
      south.post('/v1/users', {
        name: 'sue',
        domain: 'south',
        grants: [{ role: 'operator', domain: 'south' }],
      }),
    )
  ).id;
  there.schedule = (await made(south.post('/v1/schedules', schedule('south_nightly')))).id;
  there.backup = await ended(south.post('/v1/schedules/south_nightly/run', {}), '/v1/backups', south);
  const path = `/v1/backups/${there.backup}`;
  there.restore = await ended(south.post(`${path}/restores`, { dryRun: true }), '/v1/restores', south);
  there.verification = await ended(south.post(`${path}/verify`, {}), '/v1/verifications', south);
  there.key = (await made(south.post('/v1/keys', own('south')))).id;
  there.reseal = await ended(south.post(`${path}/reseal`, { keyId: there.key }), '/v1/reseals', south);
  there.upload = (await made(south.post('/v1/uploads', { bytes: 1000 }))).id;
  await made(south.post(`${path}/hold`, { reason: 'kept' }));
  there.approval = (await south.delete(`${path}/hold`)).body.approval.id;
  there.domain = 'south';
  there.systemSchedule = (
    await made(here.api.post('/v1/schedules', schedule('of-everything', { scope: 'system' })))
  ).id;
  there.systemBackup = await ended(here.api.post('/v1/backups', {}), '/v1/backups', here.api);
  type Notices = { resources: { id: string; operationId?: string }[] };
  const noticeOf = ({ resources }: Notices, id = '') => resources.find((one) => one.operationId === id)?.id;
  const told = await here.api.until(
    '/v1/notices?limit=1000',
    (body) => [there.backup, there.systemBackup].every((id) => noticeOf(body, id) !== undefined),
    60,
  );
  there.notice = noticeOf(told, there.backup) ?? '';
  there.systemNotice = noticeOf(told, there.systemBackup) ?? '';
}, 120_000);
afterAll(() => here.close());

const unknownOf = (id: string): string =>
  /-[0-9a-f]{12}$/.test(id) ? `${id.slice(0, -12)}000000000000` : id.replace(/[a-z]/g, 'x');

/** Valid bodies for routes that refuse an empty one. */
const bodies: Readonly<Record<string, object>> = {
  holdBackup: { reason: 'mine' },
  createRestore: { dryRun: true },
  approve: { digest: 'a'.repeat(64) },
  downloadKey: { password: 'correct horse battery' },
  replaceSchedule: { cron: '0 4 * * *', ...own('north') },
  replaceUser: { name: 'mine', mail: null, grants: [{ role: 'operator', domain: 'north' }] },
  setUserPassword: { password: 'quite a long password' },
};
const routes: readonly RouteFacts[] = [...everyRoute, ...byteRoutes].filter(
  ({ path, needs }) => path.includes('{') && needs !== undefined,
);
const ask = (api: Api, { method, path, operationId }: RouteFacts, id: string): Promise<Answer> => {
  const asked = path.replace(/\{(id|name)\}/, encodeURIComponent(id)).replace('{number}', '1');
  const body = operationId === 'putPart' ? 'x' : (bodies[operationId] ?? {});
  const query = operationId === 'getArchivedFile' ? '?component=of-south&path=a.txt' : '';
  return method === 'GET' ? api.get(asked + query) : api.call(method, asked, { body });
};

// This test runs before any request with an id of the other domain, because the audit trail records such ids.
test('with every filter of another domain each list answers as for one that nobody has [C4]', async () => {
  const { body } = await here.api.get('/v1/openapi.json');
  const lists = Object.entries<Record<string, Record<string, { in: string; name: string }[]>>>(body.paths)
    .filter(([path, { get }]) => get !== undefined && !path.includes('{'))
    .map(([path, { get }]) => ({
      path,
      filters: (get?.parameters ?? []).filter((one) => one.in === 'query'),
    }));
  expect(lists.filter(({ filters }) => filters.length > 0).length).toBeGreaterThan(10);
  const differing: unknown[] = [];
  for (const { path, filters } of lists)
    for (const { name } of filters)
      for (const value of [...Object.values(there), 'weekly', 'domain-administrator of south', 'sue']) {
        const unknown = unknownOf(value);
        const [other, none] = [
          await north.get(`${path}?${name}=${encodeURIComponent(value)}`),
          await north.get(`${path}?${name}=${encodeURIComponent(unknown)}`),
        ];
        if (other.status !== none.status || other.text !== none.text.replaceAll(unknown, value))
          differing.push({ path, name, other: other.text, none: none.text });
      }
  expect(differing).toEqual([]);
}, 120_000);

describe('lists tell, and count, what is of the own domain', () => {
  test.each(['schedules', 'notices', 'deliveries?state=delivered', 'channels', 'audit', 'domains', 'users'])(
    '%s [C4]',
    async (list) => {
      const path = `/v1/${list}${list.includes('?') ? '&' : '?'}limit=1000`;
      const of = async (api: Api) => (await api.get(list === 'channels' ? `/v1/${list}` : path)).body;
      const [own, others] = [await of(south), await of(north)];
      expect([own.total, others.total]).toEqual([own.resources.length, others.resources.length]);
      if (list !== 'channels') expect(own.total).toBeGreaterThan(0);
      const shown = JSON.stringify(others.resources);
      expect(shown).not.toContain('south');
      for (const id of Object.values(there)) expect(shown).not.toContain(id);
      expect(JSON.stringify(own.resources)).not.toContain('north');
    },
  );
});

test('with every id of another domain each route answers as for one that nobody has [C4] [U12]', async () => {
  const differing: unknown[] = [];
  const statuses = new Map<string, number>();
  for (const route of routes)
    for (const [kind, id] of Object.entries(there)) {
      const unknown = unknownOf(id);
      const [other, none] = [await ask(north, route, id), await ask(north, route, unknown)];
      if (kind === 'backup') statuses.set(route.operationId, none.status);
      if (other.status !== none.status || other.text !== none.text.replaceAll(unknown, id))
        differing.push({ route: route.operationId, kind, other: other.text, none: none.text });
    }
  expect(differing).toEqual([]);
  // Each request reached the record: no route refused the body first.
  const unreached = [...statuses].filter(([, status]) => status !== 404).map(([operation]) => operation);
  expect(unreached.sort()).toEqual(['deleteDomain']);
}, 120_000);

test('a key for repeats is one’s own: that of another domain begins something new [C4]', async () => {
  const headers = { 'idempotency-key': 'the same in both' };
  const first = await south.post('/v1/backups', own('south'), { headers });
  await south.ended(`/v1/backups/${first.body.id}`);
  const second = await north.post('/v1/backups', own('north'), { headers });
  expect([first.status, second.status]).toEqual([202, 202]);
  expect(second.body.id).not.toBe(first.body.id);
  await north.ended(`/v1/backups/${second.body.id}`);
});

describe('a domain administrator looks after the schedules of the domain', () => {
  test('under ids that tell nothing of others [C4]', async () => {
    const taken = await north.post('/v1/schedules', schedule('south_nightly'));
    const free = await north.post('/v1/schedules', schedule('south_weekly'));
    expect([taken.status, free.status]).toEqual([400, 400]);
    expect(taken.body.detail).toBe(free.body.detail.replaceAll('weekly', 'nightly'));
    expect(free.body.detail).toContain('begins with "north_"');
    const elsewhere = await here.api.post('/v1/schedules', schedule('north_all', { scope: 'system' }));
    expect([elsewhere.status, elsewhere.body.code]).toEqual([400, 'invalid_request']);
  });

  test('and of no other domain, and not of the whole installation [C4]', async () => {
    for (const more of [{ domain: 'south' }, { domain: 'nowhere' }, { scope: 'system' }])
      expect((await north.post('/v1/schedules', schedule('north_x', more))).status).toBe(403);
  });

  test('with all that belongs to one: retention, pause, run, plan, deletion', async () => {
    const view = await made(north.post('/v1/schedules', schedule('north_nightly')));
    expect(view).toMatchObject({ domain: 'north', retention: { keepLast: 1 }, state: 'active' });
    await made(north.post('/v1/schedules/north_nightly/pause', {}));
    await made(north.post('/v1/schedules/north_nightly/resume', {}));
    const backup = await ended(north.post('/v1/schedules/north_nightly/run', {}), '/v1/backups', north);
    const plan = await made(north.get('/v1/retention/plan'));
    expect(plan.resources.map(({ backupId }: { backupId: string }) => backupId)).toEqual([backup]);
    expect((await north.get('/v1/retention/plan?label=weekly')).status).toBe(403);
    expect((await north.delete('/v1/schedules/north_nightly')).status).toBe(204);
  });
});

describe('the audit trail of a domain', () => {
  const rowsOf = async (api: Api, query = ''): Promise<Answer['body'][]> =>
    (await made(api.get(`/v1/audit?limit=1000${query}`))).resources;

  test('tells what others did to what is of the domain, also when that is gone [C4] [U12]', async () => {
    const backup = await ended(here.api.post('/v1/backups', own('south')), '/v1/backups', here.api);
    expect((await here.api.delete(`/v1/backups/${backup}`)).status).toBe(204);
    const actions = (await rowsOf(south, `&subject=${backup}`)).map(({ action }) => action);
    expect(actions).toEqual(['deleteBackup', 'createBackup']);
    expect(await rowsOf(north, `&subject=${backup}`)).toEqual([]);
  });

  test('does not tell one of an act of several domains, or of an attempt from elsewhere [C4]', async () => {
    await here.api.post(`/v1/backups/${there.backup}/restores`, {
      targets: { 'of-south': here.path('north') },
      dryRun: true,
    });
    await north.delete(`/v1/backups/${there.backup}`);
    const ofSouth = await rowsOf(south, `&subject=${there.backup}`);
    expect(JSON.stringify(ofSouth)).not.toContain('north');
    const [attempt] = await rowsOf(north, `&subject=${there.backup}&action=deleteBackup`);
    expect(attempt).toMatchObject({ outcome: 'refused', status: 404, domain: 'north' });
    expect(attempt.domains).toBeUndefined();
  });

  test('is exported and verified for the whole installation alone', async () => {
    for (const path of ['/v1/audit/export', '/v1/audit/verify', '/v1/metrics'])
      expect((await south.get(path)).status).toBe(403);
    expect((await made(here.api.get('/v1/audit/verify'))).valid).toBe(true);
  });
});
