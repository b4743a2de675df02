/**
 * The audit trail of a real server over HTTP: requests, refusals, reads, schedules and kills, and no secrets.
 */
import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { AuditRow } from '../../../lib/model/records/audit.ts';
import { Installation } from '../installation.ts';

let installation: Installation;
let backupId: string;

beforeAll(async () => {
  installation = await Installation.start({
    config: (folder) => ({ components: [{ id: 'files', kind: 'directory', path: `${folder}/source` }] }),
  });
  await writeFile(installation.path('source', 'a.txt'), 'something');
  const { body } = await installation.api.post('/v1/backups', { passphrase: 'a phrase-PASSPHRASE-MARKER' });
  backupId = body.id;
  await installation.api.ended(`/v1/backups/${backupId}`);
});
afterAll(() => installation.close());

const rows = async (query = ''): Promise<AuditRow[]> =>
  (await installation.api.get(`/v1/audit?limit=1000${query}`)).body.resources;
const newest = async (query = ''): Promise<AuditRow | undefined> => (await rows(query))[0];

describe('the audit trail', () => {
  test('tells of a backup who asked for it, from where, and what came of it [U12]', async () => {
    expect(await newest('&action=createBackup')).toMatchObject({
      actor: { kind: 'token', name: 'command line', id: expect.stringMatching(/^token-/) },
      source: expect.stringContaining('127.0.0.1'),
      permission: 'backup.create',
      made: `backups/${backupId}`,
      ...{ outcome: 'done', status: 202, code: null },
    });
  });

  test('tells of what was refused, and why', async () => {
    const id = `nightly-${randomUUID()}`;
    await installation.api.delete(`/v1/backups/${id}`);
    expect(await newest('&outcome=refused&action=deleteBackup')).toMatchObject({
      ...{ subject: `backups/${id}`, status: 404, code: 'not_found' },
    });
    await installation.api.post('/v1/backups', { label: 1 });
    expect(await newest()).toMatchObject({
      action: 'createBackup',
      outcome: 'refused',
      code: 'invalid_request',
    });
  });

  test('tells of strangers once for a source and minute, and of those who may not', async () => {
    for (let n = 0; n < 20; n++) await installation.api.get('/v1/keys', { token: 'hf_nobody' });
    const strangers = await rows('&action=authenticate');
    expect(strangers.length).toBeLessThanOrEqual(2);
    expect(strangers[0]).toMatchObject({
      actor: { kind: 'nobody' },
      ...{ outcome: 'refused', status: 401, code: 'unauthorized' },
    });
    const { body } = await installation.api.post('/v1/tokens', { name: 'weak', role: 'backup-maker' });
    await installation.api.get(`/v1/backups/${backupId}/contents`, { token: body.token });
    expect(await newest('&principal=weak')).toMatchObject({
      ...{ action: 'listContents', outcome: 'refused', status: 403, code: 'forbidden' },
    });
  });

  test('tells of reads of what is sensitive, and once of the pages of one thing', async () => {
    const headers = { 'Holdfast-Passphrase': encodeURIComponent('a phrase-PASSPHRASE-MARKER') };
    for (let n = 0; n < 3; n++)
      await installation.api.get(`/v1/backups/${backupId}/contents?skip=${n}`, { headers });
    await installation.api.post(`/v1/backups/${backupId}/download`);
    const before = await rows();
    for (let n = 0; n < 3; n++) await installation.api.get(`/v1/backups/${backupId}/file`);
    await installation.api.get(`/v1/backups/${backupId}`);
    await installation.api.get('/v1/backups');
    const actions = (await rows()).slice(0, -before.length).map(({ action }) => action);
    expect(actions).toEqual(['getBackupFile']);
    expect((await rows('&action=listContents&outcome=done')).length).toBe(1);
    expect(await newest('&action=downloadBackup')).toMatchObject({ subject: `backups/${backupId}` });
  });

  test('believes a forwarded address of a proxy on this machine, and calls it that', async () => {
    await installation.api.delete(`/v1/keys/key-${randomUUID()}`, {
      headers: { 'x-forwarded-for': 'evil, 203.0.113.9' },
    });
    expect(await newest()).toMatchObject({ action: 'deleteKey', forwardedFor: '203.0.113.9' });
  });

  test('holds no secret, whatever is sent with a request', async () => {
    const { api } = installation;
    const marker = 'SECRETMARKER';
    const { paths } = (await api.get('/v1/openapi.json')).body;
    const secrets = {
      ...{ passphrase: `${marker} one two`, password: `${marker} one two`, file: marker, token: marker },
      ...{ name: marker, description: marker, label: marker, publicKey: marker, installation: marker },
    };
    for (const [path, methods] of Object.entries<object>(paths))
      for (const method of Object.keys(methods)) {
        if (!['get', 'post', 'put', 'delete'].includes(method)) continue;
        for (const [name, id] of [
          ['id', `x-${randomUUID()}`],
          ['token', `hf_${marker}`],
          ['odd', `${marker}!`],
        ]) {
          const at = path.replaceAll(/\{\w+\}/g, encodeURIComponent(id ?? ''));
          await fetch(`${api.url}${at}?odd=${marker}`, {
            method: method.toUpperCase(),
            headers: {
              ...{ authorization: `Bearer ${api.token}`, 'content-type': 'application/json' },
              ...{ 'holdfast-passphrase': marker, 'idempotency-key': `${marker} ${name} ${at}` },
            },
            ...(method !== 'get' && { body: JSON.stringify(secrets) }),
          });
        }
      }
    const text = JSON.stringify(await rows());
    expect(text).not.toContain(marker);
    expect(text).not.toContain('MARKER');
    expect(text).not.toContain(api.token);
  });

  test('is exported as lines that hang together, and found valid', async () => {
    const lines = (await installation.api.get('/v1/audit/export')).text.trimEnd().split('\n');
    expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({ seq: lines.length - 1 });
    expect((await installation.api.get('/v1/audit/verify')).body).toMatchObject({ valid: true, faults: [] });
  });

  test('knows of every change after a kill, and is still valid [B1]', async () => {
    const before = (await installation.api.get('/v1/audit?limit=1')).body.total;
    const asked: Promise<unknown>[] = [];
    for (let n = 0; n < 30; n++)
      asked.push(
        installation.api.post('/v1/tokens', { name: `t${n}`, role: 'auditor' }).catch(() => undefined),
      );
    await Promise.race(asked);
    await installation.end('SIGKILL');
    await Promise.all(asked);
    await installation.startServer();
    const tokens = (await installation.api.get('/v1/tokens?limit=1000')).body.resources;
    const made = tokens.filter(({ name }: { name: string }) => /^t\d+$/.test(name)).length;
    const acts = (await rows()).filter(({ seq, action }) => seq > before && action === 'createToken');
    expect(made).toBeGreaterThan(0);
    expect(acts.length).toBeGreaterThanOrEqual(made);
    expect((await installation.api.get('/v1/audit/verify')).body.valid).toBe(true);
  });
});
