/**
 * Each administrator gets a mail about a possible theft, whatever the notification rules say; and a way to
 * bypass an approval is closed.
 */
import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { generateBackupKey } from '../../../lib/archive/age/age-header.ts';
import { sealKeyFile } from '../../../lib/archive/keys/backup-key-file.ts';
import { generateSigningKey } from '../../../lib/archive/keys/signature.ts';
import type { Answer } from '../../acceptance/api.ts';
import { Installation } from '../installation.ts';
import { PAGE, PASSWORD } from '../people.ts';

let here: Installation;
let backup: string;
const open = { token: null, headers: PAGE };

const person = async (name: string, role: string): Promise<string> => {
  const wanted = { name, mail: `${name}@example.com`, grants: [{ role }] };
  const { status, body } = await here.api.post('/v1/users', wanted);
  expect([status, body.detail]).toEqual([201, undefined]);
  const chosen = { invitation: body.invitation, password: PASSWORD };
  expect((await here.api.post('/v1/invitations', chosen, open)).status).toBe(204);
  return body.id;
};
/** The newest notice of a type, after the outbox was delivered. */
const notice = async (type: string, of: string): Promise<Answer['body']> => {
  // The end of an operation delivers the outbox.
  await here.api.backup({ components: ['files'] });
  const isOf = (one: Answer['body']): boolean => one.title.includes(of);
  const { resources } = await here.api.until(`/v1/notices?type=${type}&limit=100`, ({ resources: all }) =>
    all.some(isOf),
  );
  return resources.find(isOf);
};

beforeAll(async () => {
  here = await Installation.start({
    config: () => ({
      components: [{ id: 'files', kind: 'directory', path: 'source' }],
      approval: { actions: ['key.export', 'backup.delete'], breakGlass: true },
    }),
  });
  await writeFile(here.path('source', 'a.txt'), 'some text');
  backup = (await here.api.backup({ components: ['files'] })).id;
  await person('ada', 'administrator');
  await person('otto', 'operator');
}, 60_000);
afterAll(() => here.close());

test('a password that is chosen or set is told to the person and to each administrator [U12]', async () => {
  const ben = await person('ben', 'auditor');
  const chosen = await notice('person.password-changed', 'ben set the password of ben');
  expect(chosen.alsoTo.sort()).toEqual(['ada@example.com', 'ben@example.com']);
  const set = await here.api.post(`/v1/users/${ben}/password`, { password: `${PASSWORD}-anew` });
  expect(set.status).toBe(204);
  const told = await notice('person.password-changed', 'command line set the password of ben');
  expect(told.alsoTo.sort()).toEqual(['ada@example.com', 'ben@example.com']);
  expect(JSON.stringify(told)).not.toContain(PASSWORD);
});

test('a backup token that is made is told to each administrator [O6]', async () => {
  const proof = { confirm: 'create', token: here.api.token };
  expect((await here.api.post('/v1/backup-token', proof)).status).toBe(201);
  expect((await notice('token.created', 'backup token')).alsoTo).toEqual(['ada@example.com']);
});

test('an act without approval is told to each administrator [B14]', async () => {
  const { id } = await here.api.backup({ components: ['files'] });
  const headers = { 'holdfast-break-glass': 'nobody is here' };
  expect((await here.api.delete(`/v1/backups/${id}`, { headers })).status).toBe(204);
  expect((await notice('approval.break-glass', 'WITHOUT APPROVAL')).alsoTo).toEqual(['ada@example.com']);
});

test('sealing a backup to a key that was uploaded wants the approval of a key export [B14]', async () => {
  const pair = await generateBackupKey();
  const facts = {
    ...{ format: 1 as const, keyId: `key-${randomUUID()}`, scope: 'system' as const, domain: 'root' },
    ...{ createdAt: '2026-11-20T03:00:00Z', hint: '', installation: 'berlin' },
    ...{ verifyKey: generateSigningKey().verifyKey, recipient: pair.recipient },
  };
  const file = await sealKeyFile(facts, pair.identity, PASSWORD);
  expect((await here.api.post('/v1/keys/upload', { file, password: PASSWORD })).status).toBe(201);
  const path = `/v1/backups/${backup}/reseal`;
  const refused = await here.api.post(path, { keyId: facts.keyId });
  expect([refused.status, refused.body.code]).toEqual([403, 'approval_required']);
  const { plan } = (await here.api.get(`/v1/approvals/${refused.body.approval.id}`)).body;
  expect(plan.facts).toEqual({
    ...{ action: 'key.export', keyId: facts.keyId, recipient: pair.recipient, backupId: backup },
  });
  const headers = { 'holdfast-break-glass': 'the other office has to open it' };
  const passed = await here.api.post(path, { keyId: facts.keyId }, { headers });
  expect(passed.status).toBe(202);
  expect((await here.api.ended(`/v1/reseals/${passed.body.id}`)).state).toBe('SUCCESS');
  // Changing back to a key made here is allowed: nobody outside the installation can open it.
  const own = (await here.api.post('/v1/keys', {})).body;
  const back = await here.api.post(path, { keyId: own.id });
  expect([back.status, back.body.detail]).toEqual([202, undefined]);
});
