import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Api } from '../../acceptance/api.ts';
import { writeTree } from '../files.ts';
import { Installation } from '../installation.ts';
import { downloadKey, patiently, reseal, uploadKey } from '../transfer/transfers.ts';

const password = 'twelve chars';

let here: Installation;
let api: Api;

beforeAll(async () => {
  here = await Installation.start({
    config: () => ({
      installation: 'here',
      domains: ['root', 'blue'],
      components: [
        { id: 'files', kind: 'directory', path: 'source' },
        { id: 'blue-files', kind: 'directory', path: 'source', domain: 'blue' },
      ],
    }),
  });
  api = here.api;
  await writeTree(here.path('source'), { 'a.txt': 'alpha' });
});
afterAll(() => here.close());

const files = { components: ['files'] };
const create = async (request: Record<string, unknown> = {}) => (await api.post('/v1/keys', request)).body;
const defaults = async (): Promise<string[]> =>
  (await api.get('/v1/keys?limit=1000')).body.resources
    .filter(({ isDefault }: { isDefault: boolean }) => isDefault)
    .map(({ scope, domain }: { scope: string; domain: string }) => `${scope}/${domain}`)
    .sort();

describe('backup keys [C3]', () => {
  test('are there from the first start, one default for the system and one for each domain', async () => {
    expect(await defaults()).toEqual(['domain/blue', 'domain/root', 'system/root']);
    await here.end('SIGTERM');
    await here.startServer();
    api = here.api;
    expect((await api.get('/v1/keys')).body.total).toBe(3);
  });

  test('are made, listed by pages, scope and domain, shown, and never with their private half', async () => {
    const { status, headers, body, text } = await api.post('/v1/keys', { scope: 'domain', domain: 'blue' });
    expect(status).toBe(201);
    expect(headers.get('location')).toBe(`/v1/keys/${body.id}`);
    expect(body).toEqual({
      id: expect.stringMatching(/^key-/),
      scope: 'domain',
      domain: 'blue',
      createdAt: expect.any(String),
      createdBy: 'command line',
      isDefault: false,
      postQuantum: false,
      recipient: expect.stringMatching(/^age1/),
      importedFrom: null,
    });
    expect(text).not.toMatch(/AGE-SECRET|wrapped/);
    expect((await api.get(`/v1/keys/${body.id}`)).body).toEqual(body);
    const blue = (await api.get('/v1/keys?scope=domain&domain=blue&limit=1')).body;
    expect(blue).toMatchObject({ skip: 0, limit: 1, total: 2 });
    expect(blue.resources).toEqual([body]);
    expect((await api.get('/v1/keys?scope=domain&domain=blue&skip=1')).body.resources).toHaveLength(1);
    expect((await api.get(`/v1/keys/key-${randomUUID()}`)).status).toBe(404);
    expect((await api.get('/v1/keys?scope=galaxy')).status).toBe(400);
    expect((await api.post('/v1/keys', { scope: 'domain', domain: 'green' })).status).toBe(400);
    expect((await api.post('/v1/keys', { scope: 'system', domain: 'blue' })).status).toBe(400);
  });

  test('have one default a scope and domain: making another takes it from the former [C2]', async () => {
    const first = await create({ default: true });
    expect((await api.backup(files)).encryption).toEqual({ mode: 'key', keyId: first.id });
    const second = await create();
    const { status, body } = await api.post(`/v1/keys/${second.id}/default`);
    expect([status, body.isDefault]).toEqual([200, true]);
    expect(await defaults()).toEqual(['domain/blue', 'domain/root', 'system/root']);
    expect((await api.backup(files)).encryption.keyId).toBe(second.id);
    // Concurrent changes leave exactly one default key.
    const keys = await Promise.all(Array.from({ length: 8 }, () => create()));
    await Promise.all(keys.map(({ id }) => api.post(`/v1/keys/${id}/default`)));
    expect(await defaults()).toEqual(['domain/blue', 'domain/root', 'system/root']);
  });

  test('are named by a backup of their own scope and domain only [C4]', async () => {
    const blue = await create({ scope: 'domain', domain: 'blue' });
    const system = await create();
    const wrong = await api.post('/v1/backups', { ...files, keyId: blue.id });
    expect([wrong.status, wrong.body.code]).toEqual([400, 'invalid_request']);
    const unknown = await api.post('/v1/backups', { ...files, keyId: `key-${randomUUID()}` });
    expect([unknown.status, unknown.body.code]).toEqual([404, 'not_found']);
    expect((await api.backup({ ...files, keyId: system.id })).encryption.keyId).toBe(system.id);
    const domain = await api.backup({ scope: 'domain', domain: 'blue', keyId: blue.id });
    expect(domain).toMatchObject({ state: 'SUCCESS', encryption: { keyId: blue.id } });
  });

  test('exclude a passphrase and the key service, which exclude each other', async () => {
    const { id } = await create();
    for (const two of [
      { keyId: id, passphrase: 'long enough words' },
      { keyId: id, tiedToHsm: true },
      { tiedToHsm: true, passphrase: 'long enough words' },
    ]) {
      const { status, body } = await api.post('/v1/backups', { ...files, ...two });
      expect([status, body.code]).toEqual([400, 'invalid_request']);
    }
  });

  test('may be post-quantum: the archive’s own key is then too [B19]', async () => {
    const key = await create({ postQuantum: true });
    expect(key).toMatchObject({ postQuantum: true, recipient: expect.stringMatching(/^age1pq1/) });
    const backup = await api.backup({ ...files, keyId: key.id });
    expect(backup).toMatchObject({ state: 'SUCCESS', archiveKey: expect.stringMatching(/^age1pq1/) });
    const restore = await api.restore(backup.id, { targets: { files: here.path('pq') } });
    expect(restore.state).toBe('SUCCESS');
    expect(await readFile(here.path('pq', 'a.txt'), 'utf8')).toBe('alpha');
  });
});

describe('rotation [B10]', () => {
  test('seals chosen archives to a new default; the old key goes when it opens nothing any more', async () => {
    const old = await create({ default: true });
    const [one, two] = [await api.backup(files), await api.backup(files)];
    const fresh = await create({ default: true });

    const isDefault = await api.delete(`/v1/keys/${fresh.id}`);
    expect([isDefault.status, isDefault.body.code]).toEqual([409, 'conflict']);
    const inUse = await api.delete(`/v1/keys/${old.id}`);
    expect([inUse.status, inUse.body.code]).toEqual([409, 'key_in_use']);
    expect(inUse.body).toMatchObject({ backups: [one.id, two.id].sort(), total: 2 });
    expect(inUse.body.detail).toContain(one.id);

    expect(await reseal(api, one.id)).toMatchObject({ state: 'SUCCESS', keyId: fresh.id });
    expect((await reseal(api, one.id)).code).toBe('conflict');
    const partly = await api.delete(`/v1/keys/${old.id}`);
    expect(partly.body).toMatchObject({ code: 'key_in_use', backups: [two.id], total: 1 });
    expect(await reseal(api, two.id, { keyId: fresh.id })).toMatchObject({ state: 'SUCCESS' });
    expect((await api.delete(`/v1/keys/${old.id}`)).status).toBe(204);
    expect((await api.get(`/v1/keys/${old.id}`)).status).toBe(404);

    for (const { id } of [one, two]) {
      expect((await api.restore(id, { targets: { files: here.path(id) } })).state).toBe('SUCCESS');
      expect(await readFile(here.path(id, 'a.txt'), 'utf8')).toBe('alpha');
      const verified = await api.post(`/v1/backups/${id}/verify`, { deep: true });
      expect((await api.ended(`/v1/verifications/${verified.body.id}`)).state).toBe('SUCCESS');
    }
  });

  test('by force needs the id of every backup that is lost', async () => {
    const key = await create();
    const [one, two] = [
      await api.backup({ ...files, keyId: key.id }),
      await api.backup({ ...files, keyId: key.id }),
    ];
    for (const backups of [[], [one.id], [one.id, two.id, `backup-${randomUUID()}`]]) {
      const refused = await api.delete(`/v1/keys/${key.id}`, { body: { force: true, backups } });
      expect([refused.status, refused.body.code]).toEqual([409, 'key_in_use']);
    }
    const unforced = await api.delete(`/v1/keys/${key.id}`, { body: { backups: [one.id, two.id] } });
    expect(unforced.status).toBe(409);
    const forced = await api.delete(`/v1/keys/${key.id}`, {
      body: { force: true, backups: [two.id, one.id] },
    });
    expect(forced.status).toBe(204);
    const lost = await api.post(`/v1/backups/${one.id}/restores`, { inPlace: true });
    expect([lost.status, lost.body.code]).toEqual([403, 'wrong_key']);
    expect(lost.body.detail).toContain('holdfast key upload');
  });

  test('never deletes a key under a backup that has just been begun with it', async () => {
    for (let round = 0; round < 5; round++) {
      const { id } = await create();
      const [started, deleted] = await Promise.all([
        api.post('/v1/backups', { ...files, keyId: id }),
        api.delete(`/v1/keys/${id}`),
      ]);
      if (started.status === 202) {
        expect(deleted.status).toBe(409);
        expect((await api.ended(`/v1/backups/${started.body.id}`)).state).toBe('SUCCESS');
      } else expect(deleted.status).toBe(204);
    }
  });
});

describe('a key that is downloaded [C10]', () => {
  test('comes back under its password, after it was deleted here', async () => {
    const key = await create();
    const backup = await api.backup({ ...files, keyId: key.id });
    expect((await api.post(`/v1/keys/${key.id}/download`, { password: 'elevenchars' })).status).toBe(400);
    const file = await downloadKey(api, key.id, password, 'twelve of them');
    const already = await uploadKey(api, file, password);
    expect([already.status, already.body.code]).toEqual([409, 'conflict']);
    await api.delete(`/v1/keys/${key.id}`, { body: { force: true, backups: [backup.id] } });
    const back = await uploadKey(api, file, password);
    expect([back.status, back.body]).toEqual([201, { ...key, importedFrom: 'here' }]);
    expect((await api.restore(backup.id, { targets: { files: here.path('back') } })).state).toBe('SUCCESS');
  }, 60_000);

  test('is refused with its own words when the file is none, cut, changed or newer', async () => {
    const file = await downloadKey(api, (await create()).id, password);
    const bad = {
      key_file_not_recognised: 'AGE-SECRET-KEY-1',
      key_file_cut: file.slice(0, -30),
      key_file_damaged: file.replace('"scope":"system"', '"scope":"domain"'),
      key_file_format_unsupported: file.replace('"format":1', '"format":2'),
    };
    for (const [code, text] of Object.entries(bad)) {
      const { status, body } = await uploadKey(api, text, password);
      expect([status, body.code]).toEqual([422, code]);
    }
  }, 60_000);

  test('lets a password be guessed a few times, then makes whoever guesses wait, across restarts', async () => {
    const { id } = await create();
    const file = await downloadKey(api, id, password);
    const codes: string[] = [];
    // The attempts are concurrent, so each must be counted before its password is tried.
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, n) => patiently(() => uploadKey(api, file, `a wrong password ${n}`))),
    );
    for (const { body } of answers) codes.push(body.code);
    expect(codes.filter((code) => code === 'wrong_passphrase')).toHaveLength(5);
    expect(codes.filter((code) => code === 'too_many_attempts')).toHaveLength(3);
    await here.end('SIGKILL');
    await here.startServer();
    api = here.api;
    // Even the correct password is refused now.
    const { status, headers, body } = await uploadKey(api, file, password);
    expect([status, body.code]).toEqual([429, 'too_many_attempts']);
    const seconds = Number(headers.get('retry-after'));
    expect(seconds).toBe(body.retryAfterSeconds);
    expect(seconds).toBeGreaterThan(0);
    expect(seconds).toBeLessThanOrEqual(30);
  }, 120_000);
});
