/**
 * Two domains in one installation: each has its own backups, keys and restores, and learns nothing of the
 * other.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
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
/** The ids of what exists in the domain south and in the whole system. */
const there = {
  ...{ backup: '', restore: '', verification: '', reseal: '', key: '', upload: '', import: '' },
  ...{ approval: '', notice: '' },
};
const system = { backup: '', key: '' };

const tokenOf = async (role: string, domain?: string): Promise<Api> => {
  const { status, body } = await here.api.post('/v1/tokens', { name: `${role} of ${domain}`, role, domain });
  expect(status).toBe(201);
  return new Api(here.api.url, body.token);
};
const started = async (answer: Promise<Answer>, records: string, api = here.api): Promise<Answer['body']> => {
  const { status, body } = await answer;
  expect([status, body.detail]).toEqual([202, undefined]);
  return api.ended(`${records}/${body.id}`);
};

/** Imports an archive of the domain that was downloaded before. */
const imported = async (): Promise<string> => {
  const { id } = await started(
    south.post('/v1/backups', { scope: 'domain', domain: 'south' }),
    '/v1/backups',
  );
  const file = await fetch(`${here.api.url}/v1/backups/${id}/file`, {
    headers: { authorization: `Bearer ${south.token}` },
  });
  const bytes = new Uint8Array(await file.arrayBuffer());
  expect((await south.delete(`/v1/backups/${id}`)).status).toBe(204);
  const upload = await south.post('/v1/uploads', { bytes: bytes.length });
  const put = await south.call('PUT', `/v1/uploads/${upload.body.id}/parts/1`, { body: bytes });
  expect(put.status).toBe(204);
  const record = await started(
    south.post(`/v1/uploads/${upload.body.id}/complete`, {}),
    '/v1/imports',
    south,
  );
  expect(record).toMatchObject({ state: 'SUCCESS', domains: ['south'] });
  expect((await south.get(`/v1/backups/${id}`)).body).toMatchObject({ domain: 'south', imported: true });
  return record.id;
};

/** The request that needs approval is the release of a held backup. */
const askedForApproval = async (id: string): Promise<Answer['body']> => {
  expect((await south.post(`/v1/backups/${id}/hold`, { reason: 'kept' })).status).toBe(200);
  const { status, body } = await south.delete(`/v1/backups/${id}/hold`);
  expect([status, body.code]).toEqual([403, 'approval_required']);
  return body.approval;
};

const ofBackup = (notices: readonly { id: string; operationId?: string }[]) =>
  notices.find(({ operationId }) => operationId === there.backup);

beforeAll(async () => {
  here = await Installation.start({
    config: (folder) => ({
      domains: ['root', 'north', 'south'],
      approval: { actions: ['backup.release'] },
      components: [
        { id: 'of-north', kind: 'directory', path: join(folder, 'north'), domain: 'north' },
        { id: 'of-south', kind: 'directory', path: join(folder, 'south'), domain: 'south' },
      ],
    }),
  });
  for (const name of ['north', 'south']) {
    await mkdir(here.path(name));
    await writeFile(here.path(name, 'a.txt'), `of ${name}`);
  }
  [north, south] = [
    await tokenOf('domain-administrator', 'north'),
    await tokenOf('domain-administrator', 'south'),
  ];
  const backup = await started(
    south.post('/v1/backups', { scope: 'domain', domain: 'south' }),
    '/v1/backups',
  );
  expect(backup).toMatchObject({ state: 'SUCCESS', domain: 'south' });
  there.backup = backup.id;
  const plan = await started(
    south.post(`/v1/backups/${backup.id}/restores`, { dryRun: true }),
    '/v1/restores',
    south,
  );
  there.restore = plan.id;
  const verification = await started(
    south.post(`/v1/backups/${backup.id}/verify`, {}),
    '/v1/verifications',
    south,
  );
  there.verification = verification.id;
  const key = await south.post('/v1/keys', { scope: 'domain', domain: 'south' });
  expect(key.status).toBe(201);
  there.key = key.body.id;
  const reseal = await started(
    south.post(`/v1/backups/${backup.id}/reseal`, { keyId: there.key }),
    '/v1/reseals',
    south,
  );
  there.reseal = reseal.id;
  there.import = await imported();
  const upload = await south.post('/v1/uploads', { bytes: 1000 });
  expect([upload.status, upload.body.domains]).toEqual([201, ['south']]);
  there.upload = upload.body.id;
  const release = await askedForApproval(backup.id);
  there.approval = release.id;
  const whole = await started(here.api.post('/v1/backups', {}), '/v1/backups');
  system.backup = whole.id;
  const { resources } = await here.api.until(
    '/v1/notices?limit=1000',
    (body) => ofBackup(body.resources) !== undefined,
  );
  there.notice = ofBackup(resources)?.id ?? '';
  const keys = await here.api.get('/v1/keys?scope=system');
  system.key = keys.body.resources[0].id;
}, 120_000);
afterAll(() => here.close());

const unknownOf = (id: string): string =>
  id.replace(/[0-9a-f]{8}-.*$/, '00000000-0000-4000-8000-000000000000');

/** A request to each route that names a record; the ids belong to the domain south. */
const asks: readonly (readonly [string, keyof typeof there, (api: Api, id: string) => Promise<Answer>])[] = [
  ['getBackup', 'backup', (api, id) => api.get(`/v1/backups/${id}`)],
  ['deleteBackup', 'backup', (api, id) => api.delete(`/v1/backups/${id}`)],
  ['holdBackup', 'backup', (api, id) => api.post(`/v1/backups/${id}/hold`, { reason: 'mine' })],
  ['releaseBackup', 'backup', (api, id) => api.delete(`/v1/backups/${id}/hold`)],
  ['deleteBackupLater', 'backup', (api, id) => api.post(`/v1/backups/${id}/removal`, {})],
  ['undeleteBackup', 'backup', (api, id) => api.delete(`/v1/backups/${id}/removal`)],
  ['getBackupLog', 'backup', (api, id) => api.get(`/v1/backups/${id}/log`)],
  ['downloadBackup', 'backup', (api, id) => api.post(`/v1/backups/${id}/download`, {})],
  ['getBackupFile', 'backup', (api, id) => api.get(`/v1/backups/${id}/file`)],
  ['listContents', 'backup', (api, id) => api.get(`/v1/backups/${id}/contents`)],
  [
    'getArchivedFile',
    'backup',
    (api, id) => api.get(`/v1/backups/${id}/contents/file?component=of-south&path=a.txt`),
  ],
  ['createRestore', 'backup', (api, id) => api.post(`/v1/backups/${id}/restores`, { inPlace: true })],
  ['a plan', 'backup', (api, id) => api.post(`/v1/backups/${id}/restores`, { dryRun: true })],
  ['verifyBackup', 'backup', (api, id) => api.post(`/v1/backups/${id}/verify`, {})],
  ['resealBackup', 'backup', (api, id) => api.post(`/v1/backups/${id}/reseal`, {})],
  ['getRestore', 'restore', (api, id) => api.get(`/v1/restores/${id}`)],
  ['readPlan', 'restore', (api, id) => api.get(`/v1/restores/${id}/plan`)],
  ['getVerification', 'verification', (api, id) => api.get(`/v1/verifications/${id}`)],
  ['getReseal', 'reseal', (api, id) => api.get(`/v1/reseals/${id}`)],
  ['getKey', 'key', (api, id) => api.get(`/v1/keys/${id}`)],
  ['makeDefaultKey', 'key', (api, id) => api.post(`/v1/keys/${id}/default`, {})],
  ['downloadKey', 'key', (api, id) => api.post(`/v1/keys/${id}/download`, { password: 'correct horse' })],
  ['deleteKey', 'key', (api, id) => api.delete(`/v1/keys/${id}`, { body: {} })],
  [
    'a backup under the key',
    'key',
    (api, keyId) => api.post('/v1/backups', { scope: 'domain', domain: 'north', keyId }),
  ],
  ['getImport', 'import', (api, id) => api.get(`/v1/imports/${id}`)],
  ['getUpload', 'upload', (api, id) => api.get(`/v1/uploads/${id}`)],
  ['getPartUrl', 'upload', (api, id) => api.post(`/v1/uploads/${id}/parts/1`, {})],
  ['putPart', 'upload', (api, id) => api.call('PUT', `/v1/uploads/${id}/parts/1`, { body: 'x' })],
  ['completeUpload', 'upload', (api, id) => api.post(`/v1/uploads/${id}/complete`, {})],
  ['abortUpload', 'upload', (api, id) => api.delete(`/v1/uploads/${id}`)],
  ['getApproval', 'approval', (api, id) => api.get(`/v1/approvals/${id}`)],
  ['approve', 'approval', (api, id) => api.post(`/v1/approvals/${id}/approve`, { digest: 'a'.repeat(64) })],
  ['reject', 'approval', (api, id) => api.post(`/v1/approvals/${id}/reject`, {})],
  ['withdraw', 'approval', (api, id) => api.post(`/v1/approvals/${id}/withdraw`, {})],
  ['getNotice', 'notice', (api, id) => api.get(`/v1/notices/${id}`)],
  ['resendNotice', 'notice', (api, id) => api.post(`/v1/notices/${id}/resend`, {})],
  ['cancelOperation', 'backup', (api, id) => api.post(`/v1/operations/${id}/cancel`, {})],
];

test.each(asks)(
  '%s answers for another domain as for an id that is not there [C4] [U12]',
  async (_, kind, ask) => {
    for (const id of [there[kind], ...(kind === 'backup' || kind === 'key' ? [system[kind]] : [])]) {
      const unknown = unknownOf(id);
      const [none, other] = [await ask(north, unknown), await ask(north, id)];
      expect([other.status, other.text]).toEqual([404, none.text.replaceAll(unknown, id)]);
      expect(none.status).toBe(404);
    }
  },
);

test('each route that names a record that belongs to a domain is among these', () => {
  const routes: readonly RouteFacts[] = [...everyRoute, ...byteRoutes];
  const named = routes.filter(({ of }) => of !== undefined).map(({ operationId }) => operationId);
  expect(named.filter((name) => !asks.some(([asked]) => asked === name))).toEqual([]);
  expect(named.length).toBeGreaterThan(20);
});

describe('lists tell, and count, what is of the own domain', () => {
  test.each(['backups', 'restores', 'keys', 'uploads', 'components', 'tokens', 'approvals'])(
    '%s [C4]',
    async (list) => {
      const [all, own, others] = [
        (await here.api.get(`/v1/${list}?limit=1000`)).body,
        (await south.get(`/v1/${list}?limit=1000`)).body,
        (await north.get(`/v1/${list}?limit=1000`)).body,
      ];
      expect(own.total).toBe(own.resources.length);
      expect(others.total).toBe(others.resources.length);
      expect(own.total + others.total).toBeLessThanOrEqual(all.total);
      expect(own.total).toBeGreaterThan(0);
      expect(JSON.stringify(others)).not.toContain('south');
      expect(JSON.stringify(own)).not.toContain('north');
      const ids = new Set(all.resources.map(({ id }: { id: string }) => id));
      for (const { id } of own.resources) expect(ids.has(id)).toBe(true);
    },
  );
});

test('a domain administrator makes no system backup, key or trust [C4]', async () => {
  const publicKey = Buffer.alloc(32, 7).toString('base64');
  for (const answer of [
    await north.post('/v1/backups', {}),
    await north.post('/v1/keys', {}),
    await north.post('/v1/verify-keys', { installation: 'other', publicKey }),
  ])
    expect([answer.status, answer.body.code]).toEqual([403, 'forbidden']);
  for (const answer of [
    await north.post('/v1/backups', { scope: 'domain', domain: 'south' }),
    await north.post('/v1/backups', { scope: 'domain', domain: 'nowhere' }),
    await north.post('/v1/keys', { scope: 'domain', domain: 'south' }),
    await north.post('/v1/uploads', { bytes: 10, domain: 'south' }),
  ]) {
    expect([answer.status, answer.body.code]).toEqual([400, 'invalid_request']);
    expect(answer.body.detail.replace('domain "south"', '')).not.toContain('south');
  }
});

test('nor does one choose the names or places of files, which are one list for all domains [C4]', async () => {
  const own = { scope: 'domain', domain: 'north' };
  for (const chosen of [{ fileName: 'a.tar' }, { overwrite: true }, { backupPath: here.path('south') }]) {
    const { status, body } = await north.post('/v1/backups', { ...own, ...chosen });
    expect([status, body.code]).toEqual([403, 'forbidden']);
  }
  expect((await north.post('/v1/uploads', { bytes: 10, fileName: 'a.tar' })).status).toBe(403);
});

test('a domain backup restores into its own domain [C5]', async () => {
  await writeFile(here.path('south', 'a.txt'), 'changed');
  const restore = await started(
    south.post(`/v1/backups/${there.backup}/restores`, { inPlace: true }),
    '/v1/restores',
    south,
  );
  expect(restore).toMatchObject({ state: 'SUCCESS', domains: ['south'] });
  expect(await readFile(here.path('south', 'a.txt'), 'utf8')).toBe('of south');
});

test('into another domain it is restored by somebody with rights in both, and by nobody else [C5]', async () => {
  const path = `/v1/backups/${there.backup}/restores`;
  const into = (target: string, dryRun = false) => ({
    targets: { 'of-south': target },
    dryRun,
    inPlace: true,
  });
  for (const target of [here.path('north'), here.path('anywhere'), `${here.path('south')}/../north`])
    for (const dryRun of [false, true]) {
      const { status, body } = await south.post(path, into(target, dryRun));
      expect([status, body.code]).toEqual([403, 'forbidden']);
      expect(body.detail).not.toContain('north');
    }
  const restore = await started(here.api.post(path, into(here.path('north'))), '/v1/restores');
  expect(restore).toMatchObject({ state: 'SUCCESS', domains: ['north', 'south'] });
  expect(await readFile(here.path('north', 'a.txt'), 'utf8')).toBe('of south');
  for (const api of [south, north]) expect((await api.get(`/v1/restores/${restore.id}`)).status).toBe(404);
  expect(JSON.stringify((await south.get(`/v1/backups/${there.backup}`)).body)).not.toContain(restore.id);
});

test('an operator backs up and plans; without the right to restore there is none [O2]', async () => {
  const operator = await tokenOf('operator', 'south');
  const path = `/v1/backups/${there.backup}/restores`;
  const plan = await started(operator.post(path, { dryRun: true }), '/v1/restores', operator);
  expect(plan.state).toBe('SUCCESS');
  const refused = await operator.post(path, { inPlace: true });
  expect([refused.status, refused.body.detail]).toEqual([403, expect.stringContaining('restore.run')]);
  const maker = await tokenOf('backup-maker', 'south');
  expect((await maker.post(path, { dryRun: true })).status).toBe(403);
  expect((await maker.post(`/v1/backups/${there.backup}/download`, {})).status).toBe(403);
  const made = await started(maker.post('/v1/backups', { scope: 'domain', domain: 'south' }), '/v1/backups');
  expect(made.state).toBe('SUCCESS');
});

test('what runs in another domain is not named: not in a refusal, nor by the status [U2] [C9]', async () => {
  let refused: Answer | undefined;
  for (let tries = 0; refused === undefined && tries < 20; tries++) {
    const running = await south.post('/v1/backups', { scope: 'domain', domain: 'south' });
    if (running.status !== 202) continue;
    const [status, answer, seen] = await Promise.all([
      north.get('/v1/status'),
      north.post('/v1/backups', { scope: 'domain', domain: 'north' }),
      south.get('/v1/status'),
    ]);
    expect(status.text).not.toContain(running.body.id);
    if (answer.status === 409) {
      refused = answer;
      expect(answer.text).not.toContain(running.body.id);
    }
    expect(seen.body.last?.id ?? running.body.id).toBeDefined();
    await south.ended(`/v1/backups/${running.body.id}`);
    if (answer.status === 202) await north.ended(`/v1/backups/${answer.body.id}`);
  }
  expect(refused?.body).toMatchObject({
    code: 'operation_running',
    detail: 'another operation is running, and one runs at a time; try again when it has ended',
  });
  expect(refused?.body.operation).toBeUndefined();
});

test('restores that are switched off are refused, and the sentence says where; a plan is still made [O1]', async () => {
  const off = await Installation.start({
    config: () => ({ restores: false, components: [{ id: 'files', kind: 'directory', path: 'source' }] }),
  });
  try {
    await writeFile(off.path('source', 'a.txt'), 'some');
    const { body } = await off.api.post('/v1/backups', {});
    await off.api.ended(`/v1/backups/${body.id}`);
    const path = `/v1/backups/${body.id}/restores`;
    const refused = await off.api.post(path, { inPlace: true });
    expect([refused.status, refused.body.code]).toEqual([403, 'restores_disabled']);
    expect(refused.body.detail).toContain('"restores": false');
    const plan = await off.api.post(path, { dryRun: true });
    expect((await off.api.ended(`/v1/restores/${plan.body.id}`)).state).toBe('SUCCESS');
  } finally {
    await off.close();
  }
});
