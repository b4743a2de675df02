/**
 * Approvals by other people over HTTP: each is bound to one exact plan, is used once, and never comes from
 * the requester.
 */
import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Answer, Api, type CallOptions } from '../../acceptance/api.ts';
import { Installation } from '../installation.ts';
import { makePerson, PAGE, PASSWORD, signInPerson } from '../people.ts';

let here: Installation;
let backup: string;
/** Administrators who have a password and are signed in. */
let ada: Person;
let ben: Person;
let root: Person;

/** A signed-in person, who sends requests as the page does. */
class Person extends Api {
  readonly id: string;
  readonly cookie: string;
  constructor(url: string, id: string, cookie: string) {
    super(url, '');
    this.id = id;
    this.cookie = cookie;
  }
  override call(method: string, path: string, { headers = {}, ...options }: CallOptions = {}) {
    const own = { cookie: this.cookie, ...PAGE };
    return super.call(method, path, { ...options, token: null, headers: { ...own, ...headers } });
  }
}

const signedIn = async (name: string, grants: object[], maker: Api = here.api): Promise<Person> => {
  const id = await makePerson(maker, name, grants);
  return new Person(here.api.url, id, await signInPerson(here.api, name));
};

const administrator = [{ role: 'administrator' }];
const tokenOf = async (role: string, maker: Api = here.api): Promise<Api> =>
  new Api(here.api.url, (await maker.post('/v1/tokens', { name: `of ${role}`, role })).body.token);

const config = (folder: string) => ({
  domains: ['root', 'north'],
  components: [
    { id: 'files', kind: 'directory', path: 'source' },
    { id: 'of-north', kind: 'directory', path: join(folder, 'source'), domain: 'north' },
  ],
  approval: {
    actions: ['restore', 'key.export', 'key.delete', 'backup.delete', 'policy.change'],
    newApproverHours: 0,
  },
});

beforeAll(async () => {
  here = await Installation.start({ config });
  await writeFile(here.path('source', 'a.txt'), 'content of a');
  backup = (await here.api.backup({ components: ['files'] })).id;
  ada = await signedIn('ada', administrator);
  ben = await signedIn('ben', administrator);
  root = await signedIn('root-admin', administrator);
}, 60_000);
afterAll(() => here.close());

let targets = 0;
const target = (): { targets: { files: string } } => {
  targets += 1;
  return { targets: { files: here.path(`restored-${targets}`) } };
};
const restores = (): string => `/v1/backups/${backup}/restores`;
const approvedBy = (id: string): CallOptions => ({ headers: { 'holdfast-approval': id } });
const approve = async (person: Api, { id, digest }: { id: string; digest: string }): Promise<Answer> =>
  person.post(`/v1/approvals/${id}/approve`, { digest });
const stateOf = async (id: string): Promise<string> => (await here.api.get(`/v1/approvals/${id}`)).body.state;

/** Makes a dry run, then requests approval of the same restore. */
const asked = async (who: Api, request: object): Promise<{ id: string; digest: string }> => {
  const plan = await who.post(restores(), { ...request, dryRun: true });
  expect(plan.status).toBe(202);
  expect(await here.api.ended(`/v1/restores/${plan.body.id}`)).toMatchObject({ state: 'SUCCESS' });
  const { status, body } = await who.post(restores(), request);
  expect([status, body.code]).toEqual([403, 'approval_required']);
  return body.approval;
};
const refused = (answer: Answer) => [answer.status, answer.body.code];
describe('a restore', () => {
  test('is planned, approved by another person, and begun once [B14]', async () => {
    const request = target();
    const first = await ada.post(restores(), request);
    expect(refused(first)).toEqual([403, 'approval_required']);
    expect(first.body.detail).toContain('dry run');
    const approval = await asked(ada, request);
    expect(refused(await ada.post(restores(), request, approvedBy(approval.id)))).toEqual([
      403,
      'approval_required',
    ]);
    const shown = (await ben.get(`/v1/approvals/${approval.id}`)).body;
    expect(shown).toMatchObject({
      state: 'WAITING',
      needed: 1,
      requestedBy: { kind: 'person', id: ada.id },
      plan: {
        facts: {
          action: 'restore',
          backupId: backup,
          components: { files: { kind: 'directory', target: request.targets.files } },
          existing: 'overwrite',
          targetState: { files: { counts: { create: 2, overwrite: 0, skip: 0, refuse: 0 } } },
        },
      },
    });
    expect(createHash('sha256').update(shown.planText).digest('hex')).toBe(approval.digest);
    expect((await here.api.get(`/v1/restores/${shown.dryRunId}/plan`)).body.total).toBe(2);
    expect((await approve(ben, approval)).body).toMatchObject({ state: 'APPROVED' });
    const begun = await ada.post(restores(), request, approvedBy(approval.id));
    expect(begun.status).toBe(202);
    expect(await here.api.ended(`/v1/restores/${begun.body.id}`)).toMatchObject({
      state: 'SUCCESS',
      approval: { id: approval.id, digest: approval.digest },
    });
    expect(await readFile(join(request.targets.files, 'a.txt'), 'utf8')).toBe('content of a');
    expect(await stateOf(approval.id)).toBe('USED');
    expect(refused(await ada.post(restores(), request, approvedBy(approval.id)))).toEqual([
      409,
      'approval_stale',
    ]);
    const { resources } = (await here.api.get(`/v1/audit?action=approve&limit=1`)).body;
    expect(resources[0]).toMatchObject({
      actor: { kind: 'person', id: ben.id },
      subject: `approvals/${approval.id}`,
      note: `approved plan sha256:${approval.digest}`,
    });
  });

  test.each([
    ['another target', () => target()],
    ['another rule for what is there', (request: object) => ({ ...request, existing: 'skip' })],
    ['another word on setuid', (request: object) => ({ ...request, setuid: false })],
  ])('of %s needs an approval of its own [B14]', async (_, other) => {
    const request = target();
    const approval = await asked(ada, request);
    await approve(ben, approval);
    const answer = await ada.post(restores(), other(request), approvedBy(approval.id));
    expect(refused(answer)).toEqual([409, 'approval_stale']);
    expect(answer.body.fields.length).toBeGreaterThan(0);
    expect(await stateOf(approval.id)).toBe('APPROVED');
  });

  test('into a target that has changed since is FAILED, and touches nothing [B14]', async () => {
    const request = target();
    const approval = await asked(ada, request);
    await approve(ben, approval);
    await writeFile(join(await made(request.targets.files), 'a.txt'), 'somebody else’s');
    const begun = await ada.post(restores(), request, approvedBy(approval.id));
    const ended = await here.api.ended(`/v1/restores/${begun.body.id}`);
    expect(ended).toMatchObject({ state: 'FAILED', errorCode: 'approval_stale' });
    expect(ended.shortError).toContain('the target of component files');
    expect(await readFile(join(request.targets.files, 'a.txt'), 'utf8')).toBe('somebody else’s');
  });
});

const made = async (folder: string): Promise<string> => {
  await mkdir(folder, { recursive: true });
  return folder;
};

describe('an approver', () => {
  let approval: { id: string; digest: string };
  let request: object;
  beforeAll(async () => {
    request = target();
    approval = await asked(ada, request);
  });

  test('is a person, and no token of anybody [B14]', async () => {
    for (const api of [here.api, await tokenOf('administrator', ben), await tokenOf('administrator', ada)]) {
      const answer = await approve(api, approval);
      expect(refused(answer)).toEqual([403, 'forbidden']);
      expect(answer.body.detail).toContain('is not a person');
    }
  });

  test('is not who asked [B14]', async () => {
    const answer = await approve(ada, approval);
    expect(refused(answer)).toEqual([403, 'forbidden']);
    expect(answer.body.detail).toContain('asked for it');
  });

  test('is not who made the token that asked, nor a token before it [B14]', async () => {
    const child = await tokenOf('administrator', await tokenOf('administrator', ben));
    const own = await asked(child, target());
    const answer = await approve(ben, own);
    expect(refused(answer)).toEqual([403, 'forbidden']);
    expect(answer.body.detail).toContain('created the token');
    expect((await approve(ada, own)).status).toBe(200);
  });

  test('has seen the digest [B14]', async () => {
    const answer = await approve(ben, { ...approval, digest: '0'.repeat(64) });
    expect(refused(answer)).toEqual([409, 'approval_stale']);
  });

  test('counts once, also at the same moment [B14]', async () => {
    const answers = await Promise.all([1, 2, 3].map(() => approve(ben, approval)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409]);
    expect((await here.api.get(`/v1/approvals/${approval.id}`)).body.approvals).toHaveLength(1);
  });

  test('counts no longer when the right to approve is gone [B14]', async () => {
    const eve = await signedIn('eve', administrator);
    const own = await asked(ada, target());
    expect((await approve(eve, own)).status).toBe(200);
    expect((await here.api.post(`/v1/users/${eve.id}/disable`, {})).status).toBe(200);
    const { plan } = (await here.api.get(`/v1/approvals/${own.id}`)).body;
    const again = {
      targets: { files: plan.facts.components.files.target },
    };
    const answer = await ada.post(restores(), again, approvedBy(own.id));
    expect(refused(answer)).toEqual([403, 'approval_required']);
    expect(answer.body.detail).toContain('deleted or disabled');
  });

  test('takes the approval back by rejecting it [B14]', async () => {
    const rejected = await ben.post(`/v1/approvals/${approval.id}/reject`, { reason: 'not today' });
    expect(rejected.body).toMatchObject({ state: 'REJECTED', ended: { reason: 'not today' } });
    expect(refused(await ada.post(restores(), request, approvedBy(approval.id)))).toEqual([
      409,
      'approval_stale',
    ]);
    expect(refused(await approve(root, approval))).toEqual([409, 'approval_stale']);
  });
});

describe('a request for approval', () => {
  test('is used once, also at the same moment [B14]', async () => {
    const before = await ada.post('/v1/keys', {});
    const path = `/v1/keys/${before.body.id}/download`;
    const { body } = await ada.post(path, { password: PASSWORD });
    await approve(ben, body.approval);
    const answers = await Promise.all(
      [1, 2, 3].map(() => ada.post(path, { password: PASSWORD }, approvedBy(body.approval.id))),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409]);
  });

  test('is used by who made it, and by nobody else [B14]', async () => {
    const request = target();
    const approval = await asked(ada, request);
    await approve(ben, approval);
    for (const other of [here.api, ben, await tokenOf('administrator', ada)])
      expect(refused(await other.post(restores(), request, approvedBy(approval.id)))).toEqual([
        403,
        'forbidden',
      ]);
  });

  test('is withdrawn by who made it, and by nobody else [B14]', async () => {
    const approval = await asked(ada, target());
    expect(refused(await ben.post(`/v1/approvals/${approval.id}/withdraw`))).toEqual([403, 'forbidden']);
    expect((await ada.post(`/v1/approvals/${approval.id}/withdraw`)).body.state).toBe('WITHDRAWN');
    expect(refused(await approve(ben, approval))).toEqual([409, 'approval_stale']);
  });
});

describe('approval is wanted', () => {
  const passesWith = async (
    who: Person,
    send: (options?: CallOptions) => Promise<Answer>,
  ): Promise<Answer> => {
    const first = await send();
    expect(refused(first)).toEqual([403, 'approval_required']);
    expect((await approve(ben, first.body.approval)).status).toBe(200);
    expect(who.id).not.toBe(ben.id);
    return send(approvedBy(first.body.approval.id));
  };

  test('to delete a backup, at once and later [B14]', async () => {
    const { id } = await here.api.backup({ components: ['files'] });
    const later = await passesWith(ada, (options) => ada.post(`/v1/backups/${id}/removal`, {}, options));
    expect(later.body.deleteAfter).toBeDefined();
    const now = await passesWith(ada, (options) => ada.delete(`/v1/backups/${id}`, options));
    expect(now.status).toBe(204);
    expect((await ada.get(`/v1/backups/${id}`)).status).toBe(404);
  });

  test('to delete a backup key [B14]', async () => {
    const { id } = (await ada.post('/v1/keys', {})).body;
    const answer = await passesWith(ada, (options) => ada.delete(`/v1/keys/${id}`, { body: {}, ...options }));
    expect(answer.status).toBe(204);
  });

  test('to change what retention keeps, by making, replacing or deleting a schedule [B14]', async () => {
    const said = { cron: '0 3 * * *', components: ['files'] };
    expect((await ada.post('/v1/schedules', { id: 'plain', ...said })).status).toBe(201);
    const retention = { keepLast: 1 };
    for (const send of [
      (options?: CallOptions) =>
        ada.call('PUT', '/v1/schedules/plain', { body: { ...said, retention }, ...options }),
      (options?: CallOptions) => ada.post('/v1/schedules', { id: 'other', ...said, retention }, options),
      (options?: CallOptions) => ada.delete('/v1/schedules/other', options),
    ])
      expect((await passesWith(ada, send)).status).toBeLessThan(300);
    // Retention keeps as much as before, so nobody has to approve.
    const renamed = { ...said, retention, description: 'nightly' };
    expect((await ada.call('PUT', '/v1/schedules/plain', { body: renamed })).status).toBe(200);
  });

  test('of nothing that the configuration does not name [B14]', async () => {
    const { id } = await here.api.backup({ components: ['files'] });
    expect((await ada.post(`/v1/backups/${id}/hold`, { reason: 'kept' })).status).toBe(200);
    expect((await ada.delete(`/v1/backups/${id}/hold`)).status).toBe(200);
  });
});
