/** Retention over HTTP and on the command line: what the rules would remove, and how people override them. */
import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { holdfast } from '../../cli/run-holdfast.ts';
import { Installation } from '../installation.ts';

let here: Installation;
const ids: string[] = [];

beforeAll(async () => {
  here = await Installation.start({
    config: () => ({
      components: [{ id: 'files', kind: 'directory', path: 'source' }],
      schedules: [
        { id: 'daily', cron: '0 3 * * *', timeZone: 'Europe/Berlin', retention: { keepDaily: 7 } },
        { id: 'plain', cron: '0 4 * * *' },
      ],
      retention: { undoDays: 3, labels: { nightly: { keepLast: 2 } } },
    }),
  });
  writeFileSync(here.path('source', 'a.txt'), 'alpha');
  for (let n = 0; n < 4; n++) ids.push((await here.api.backup({ label: 'nightly' })).id);
}, 60_000);
afterAll(() => here.close());

const run = (...words: string[]) =>
  holdfast(words, { env: { HOLDFAST_URL: here.api.url, HOLDFAST_TOKEN: here.api.token } });

test('a plan tells of each backup whether it stays, and why, by saved rules and by others [C13]', async () => {
  const { status, body } = await here.api.get('/v1/retention/plan?label=nightly&limit=3');
  expect(status).toBe(200);
  expect(body).toMatchObject({ skip: 0, limit: 3, total: 4, kept: 2, removed: 2, policy: { keepLast: 2 } });
  expect(body.resources.map((one: { reasons: string[] }) => one.reasons)).toEqual([
    ['kept: last 1 of 2', 'kept: the last verified backup of "files"'],
    ['kept: last 2 of 2'],
    ['removed: no rule keeps it'],
  ]);
  const other = await here.api.post('/v1/retention/plan', { label: 'nightly', policy: { keepLast: 3 } });
  expect(other.body).toMatchObject({ kept: 3, removed: 1, policy: { keepLast: 3 } });
  // Every JavaScript object has properties with these names.
  for (const name of ['constructor', 'toString'])
    expect((await here.api.get(`/v1/retention/plan?label=${name}`)).body.detail).toContain(
      'no retention policy',
    );
  const none = await here.api.get('/v1/retention/plan?schedule=plain');
  expect([none.status, none.body.code]).toEqual([400, 'invalid_request']);
  expect(none.body.detail).toContain('has no retention policy');
  const empty = await here.api.post('/v1/retention/plan', { label: 'nightly', policy: {} });
  expect(empty.body.detail).toContain('would keep nothing');
  expect((await here.api.get('/v1/retention/plan?schedule=daily')).body).toMatchObject({
    total: 0,
    timeZone: 'Europe/Berlin',
  });
});

test('the command line shows the plan, and refuses rules that keep nothing [C13]', async () => {
  const plan = await run('retention', 'plan', '--label', 'nightly');
  expect(plan.code).toBe(0);
  expect(plan.out).toContain('kept: last 1 of 2; kept: the last verified backup of "files"');
  expect(plan.out).toContain('removed: no rule keeps it');
  expect(plan.err).toContain('2 backups kept, 2 removed');
  expect(plan.err).toContain('Nothing was changed.');
  const other = await run('retention', 'plan', '--label', 'nightly', '--keep-daily', '1', '--json');
  expect(JSON.parse(other.out)).toMatchObject({ kept: 1, removed: 3, policy: { keepDaily: 1 } });
  const nothing = await run('retention', 'plan', '--label', 'nightly', '--keep-last', '0');
  expect(nothing.code).toBe(2);
  expect(nothing.err).toContain('a whole number from 1');
});

test('a backup is held and released, and while it is held nobody deletes it [B12]', async () => {
  const id = ids[0] ?? '';
  const held = await run('backup', 'hold', id, '--reason', 'the audit of 2026');
  expect(held.code).toBe(0);
  const { body } = await here.api.get(`/v1/backups/${id}`);
  expect(body.hold).toMatchObject({ reason: 'the audit of 2026', by: expect.any(String) });
  const refused = await run('backup', 'delete', id, '--yes');
  expect([refused.code, refused.err]).toEqual([5, expect.stringContaining('the audit of 2026')]);
  expect((await run('backup', 'show', id)).out).toContain('the audit of 2026');
  expect((await run('backup', 'list')).out).toContain('(held)');
  expect((await here.api.delete(`/v1/backups/${id}/removal`)).status).toBe(409);
  expect((await run('backup', 'release', id)).code).toBe(0);
  expect((await here.api.get(`/v1/backups/${id}`)).body.hold).toBeUndefined();
  const two = await here.api.post(`/v1/backups/${id}/hold`, { reason: 'two\nlines' });
  expect([two.status, two.body.code]).toEqual([400, 'invalid_request']);
  expect((await here.api.post('/v1/backups/nightly-0/hold', { reason: 'x' })).status).toBe(404);
});

test('a deletion that is to come shows its date, and is taken back [C13] [B12]', async () => {
  const id = ids[1] ?? '';
  const marked = await run('backup', 'delete', id, '--later', '--reason', 'too large');
  expect([marked.code, marked.out]).toEqual([0, expect.stringContaining('is deleted after')]);
  const { body } = await here.api.get(`/v1/backups/${id}`);
  expect(body).toMatchObject({ state: 'SUCCESS', removal: { reason: 'too large', byRetention: false } });
  const days = (Date.parse(body.deleteAfter) - Date.parse(body.removal.at)) / 86_400_000;
  expect(Math.round(days)).toBe(3);
  expect((await run('backup', 'list')).out).toContain('(deleted after ');
  // The backup is still whole: it can be downloaded and restored.
  expect((await here.api.post(`/v1/backups/${id}/download`)).status).toBe(200);
  const plan = await here.api.get('/v1/retention/plan?label=nightly');
  expect(plan.body.resources).toContainEqual(
    expect.objectContaining({ backupId: id, keep: false, deleteAfter: body.deleteAfter }),
  );
  expect((await run('backup', 'undelete', id)).code).toBe(0);
  const after = (await here.api.get(`/v1/backups/${id}`)).body;
  expect(after.deleteAfter).toBeUndefined();
  expect(after.hold.reason).toContain('was undone');
  expect((await run('backup', 'undelete', id)).code).toBe(1);
});

test('a verification that finds the archive bad is remembered, and no rule counts on that backup [C13]', async () => {
  const last = await here.api.backup({ label: 'nightly' });
  const file = here.path('data', 'archives', last.fileName);
  const bytes = readFileSync(file);
  // The damage is in the middle of the segments; the head and the signed end are unchanged.
  const at = bytes.indexOf('age-encryption.org/v1', bytes.indexOf('.tar.zst.age')) + 400;
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  writeFileSync(file, bytes);
  const { body: begun } = await here.api.post(`/v1/backups/${last.id}/verify`);
  expect(await here.api.ended(`/v1/verifications/${begun.id}`)).toMatchObject({ state: 'FAILED' });
  const { body } = await here.api.get(`/v1/backups/${last.id}`);
  expect(body.failedVerification).toMatchObject({ id: begun.id, errorCode: 'archive_damaged' });
  expect((await run('backup', 'show', last.id)).out).toContain(`${begun.id} found it bad`);
  expect((await here.api.get('/v1/retention/plan?label=nightly')).body.removed).toBe(0);
});
