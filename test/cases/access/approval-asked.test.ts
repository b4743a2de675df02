/** A request that needs approval is stored as an exact plan and not carried out. */
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Answer, Api } from '../../acceptance/api.ts';
import { Installation } from '../installation.ts';
import { makePerson, PAGE, signInPerson } from '../people.ts';

let here: Installation;
let backup: string;

beforeAll(async () => {
  here = await Installation.start({
    config: () => ({
      components: [{ id: 'files', kind: 'directory', path: 'source' }],
      approval: {
        actions: ['restore', 'key.export', 'key.delete', 'backup.delete', 'policy.change'],
        breakGlass: true,
      },
    }),
  });
  await writeFile(here.path('source', 'a.txt'), 'content of a');
  backup = (await here.api.backup({ components: ['files'] })).id;
}, 60_000);
afterAll(() => here.close());
const SWEPT = 150_000;

let targets = 0;
const target = (): { targets: { files: string } } => {
  targets += 1;
  return { targets: { files: here.path(`restored-${targets}`) } };
};
const restores = (): string => `/v1/backups/${backup}/restores`;
const refused = ({ status, body }: Answer) => [status, body.code];
const WANTED = [403, 'approval_required'];

const asked = async (request: object): Promise<{ id: string; digest: string }> => {
  const plan = await here.api.post(restores(), { ...request, dryRun: true });
  expect(await here.api.ended(`/v1/restores/${plan.body.id}`)).toMatchObject({ state: 'SUCCESS' });
  const answer = await here.api.post(restores(), request);
  expect(refused(answer)).toEqual(WANTED);
  return answer.body.approval;
};
/** The next sweep delivers the events. */
const notice = async (type: string): Promise<Answer['body']> => {
  const ofType = ({ resources }: Answer['body']): Answer['body'][] =>
    resources.filter((one: { type: string }) => one.type === type);
  return ofType(await here.api.until('/v1/notices?limit=1000', (body) => ofType(body).length > 0, 120))[0];
};

test(
  'a restore is planned first, and stored with its exact plan [B14]',
  async () => {
    const request = target();
    const first = await here.api.post(restores(), request);
    expect(refused(first)).toEqual(WANTED);
    expect(first.body).toMatchObject({ approval: null, detail: expect.stringContaining('dry run') });
    const { id, digest } = await asked(request);
    const { body: shown } = await here.api.get(`/v1/approvals/${id}`);
    expect(shown).toMatchObject({
      state: 'WAITING',
      needed: 1,
      subject: `backups/${backup}`,
      plan: {
        facts: {
          action: 'restore',
          components: { files: { kind: 'directory', target: request.targets.files } },
          targetState: { files: { counts: { create: 2, overwrite: 0 } } },
        },
      },
    });
    expect(createHash('sha256').update(shown.planText).digest('hex')).toBe(digest);
    expect((await here.api.get(`/v1/restores/${shown.dryRunId}/plan`)).body.total).toBe(2);
    // The same request is already waiting for approval; no second approval is created.
    expect((await here.api.post(restores(), request)).body.approval.id).toBe(id);
    expect(
      refused(await here.api.post(restores(), request, { headers: { 'holdfast-approval': id } })),
    ).toEqual(WANTED);
    expect((await notice('approval.requested')).title).toContain('asks for approval to restore');
  },
  SWEPT,
);

test('a token approves nothing, whoever has made it [B14]', async () => {
  const { id, digest } = await asked(target());
  const made = await here.api.post('/v1/tokens', { name: 'other', role: 'administrator' });
  for (const api of [here.api, new Api(here.api.url, made.body.token)]) {
    const answer = await api.post(`/v1/approvals/${id}/approve`, { digest });
    expect(refused(answer)).toEqual([403, 'forbidden']);
    expect(answer.body.detail).toContain('is not a person');
  }
});

test('a request is withdrawn by who made it, and rejected by others [B14]', async () => {
  const [own, others] = [await asked(target()), await asked(target())];
  const made = await here.api.post('/v1/tokens', { name: 'other', role: 'administrator' });
  const other = new Api(here.api.url, made.body.token);
  expect(refused(await other.post(`/v1/approvals/${own.id}/withdraw`))).toEqual([403, 'forbidden']);
  expect((await here.api.post(`/v1/approvals/${own.id}/withdraw`)).body.state).toBe('WITHDRAWN');
  const rejected = await other.post(`/v1/approvals/${others.id}/reject`, { reason: 'not today' });
  expect(rejected.body).toMatchObject({ state: 'REJECTED', ended: { reason: 'not today' } });
  for (const { id } of [own, others])
    expect(refused(await here.api.post(`/v1/approvals/${id}/withdraw`))).toEqual([409, 'approval_stale']);
});

test(
  'whoever does it without approval says why, and everybody is told [B14]',
  async () => {
    const reason = 'nobody answers, and the shop is down: ä';
    const without = { headers: { 'holdfast-break-glass': encodeURIComponent(reason) } };
    const begun = await here.api.post(restores(), target(), without);
    expect(begun.status).toBe(202);
    expect(await here.api.ended(`/v1/restores/${begun.body.id}`)).toMatchObject({
      state: 'SUCCESS',
      approval: { breakGlass: reason },
    });
    expect((await notice('approval.break-glass')).summary).toContain(reason);
    const { resources } = (await here.api.get('/v1/audit?action=approval.break-glass')).body;
    expect(resources[0].note).toContain(reason);
    for (const odd of ['%', '%20', encodeURIComponent('a\nb'), encodeURIComponent('a'.repeat(501))]) {
      const answer = await here.api.post(restores(), target(), { headers: { 'holdfast-break-glass': odd } });
      expect(refused(answer)).toEqual([400, 'invalid_request']);
    }
  },
  SWEPT,
);

test('no password and no passphrase waits with a request [B14]', async () => {
  const key = (await here.api.post('/v1/keys', {})).body.id;
  const secret = 'unclasp-footstep-brakeman-befit';
  expect(refused(await here.api.post(`/v1/keys/${key}/download`, { password: secret }))).toEqual(WANTED);
  const list = await here.api.get('/v1/approvals?limit=1000');
  expect(list.text).toContain(key);
  expect(list.text).not.toContain(secret);
});

test('deletions and changes of what retention keeps want approval, and nothing else of a schedule [B14]', async () => {
  expect(refused(await here.api.delete(`/v1/backups/${backup}`))).toEqual(WANTED);
  expect(refused(await here.api.post(`/v1/backups/${backup}/removal`, {}))).toEqual(WANTED);
  const said = { id: 'nightly', cron: '0 3 * * *', components: ['files'] };
  const { id: _, ...rest } = said;
  const retention = { keepLast: 1 };
  expect((await here.api.post('/v1/schedules', said)).status).toBe(201);
  expect(refused(await here.api.post('/v1/schedules', { ...said, id: 'other', retention }))).toEqual(WANTED);
  const replaced = (body: object) => here.api.call('PUT', '/v1/schedules/nightly', { body });
  expect(refused(await replaced({ ...rest, retention }))).toEqual(WANTED);
  expect((await replaced({ ...rest, description: 'every night' })).status).toBe(200);
  expect((await here.api.post(`/v1/backups/${backup}/hold`, { reason: 'kept' })).status).toBe(200);
  expect((await here.api.delete(`/v1/backups/${backup}/hold`)).status).toBe(200);
});

test('nothing leads around: not writing over an archive, nor removing a domain with its keys [B14]', async () => {
  const { fileName } = (await here.api.get(`/v1/backups/${backup}`)).body;
  const over = { components: ['files'], fileName, overwrite: true };
  const operator = await here.api.post('/v1/tokens', { name: 'operator', role: 'operator' });
  for (const api of [here.api, new Api(here.api.url, operator.body.token)]) {
    const answer = await api.post('/v1/backups', over);
    expect(refused(answer)).toEqual(WANTED);
    expect(answer.body.detail).toContain(backup);
  }
  expect((await here.api.post('/v1/domains', { name: 'north' })).status).toBe(201);
  expect(refused(await here.api.delete('/v1/domains/north', { body: { deleteKeys: true } }))).toEqual(WANTED);
});

test('a new person waits before approving: whoever made that person could be it [B14]', async () => {
  const { id, digest } = await asked(target());
  await makePerson(here.api, 'new');
  const cookie = await signInPerson(here.api, 'new');
  const answer = await here.api.post(
    `/v1/approvals/${id}/approve`,
    { digest },
    { token: null, headers: { ...PAGE, cookie } },
  );
  expect(refused(answer)).toEqual([403, 'forbidden']);
  expect(answer.body.detail).toContain('can approve in 24 hours');
});
