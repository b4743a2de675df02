import { existsSync, readdirSync } from 'node:fs';
import { chmod, readFile, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Api } from '../../acceptance/api.ts';
import { writeTree } from '../files.ts';
import { Installation } from '../installation.ts';

let here: Installation;
let api: Api;

beforeAll(async () => {
  here = await Installation.start({
    config: () => ({
      components: [
        { id: 'files', kind: 'directory', path: 'source', exclude: ['**/*.tmp'] },
        { id: 'missing', kind: 'directory', path: 'nowhere' },
      ],
      backupPaths: ['vault', 'sealed-off'],
    }),
  });
  api = here.api;
  await writeTree(here.path('source'), { 'a.txt': 'alpha', 'deep/b.txt': 'beta', 'deep/c.tmp': 'left out' });
  await symlink('a.txt', here.path('source', 'link'));
});
afterAll(() => here.close());

const files = { components: ['files'] };

describe('a backup', () => {
  test('ends as SUCCESS, verified, with every field of its record [K4] [U11] [B3] [D2]', async () => {
    const { status, headers, body } = await api.post('/v1/backups', {
      ...files,
      label: 'nightly',
      description: 'the first',
    });
    expect(status).toBe(202);
    expect(headers.get('location')).toBe(`/v1/backups/${body.id}`);
    expect(body).toMatchObject({ state: 'IN_PROGRESS', completedAt: null, shortError: '' });
    expect(body.id).toMatch(/^nightly-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);

    const record = await api.ended(`/v1/backups/${body.id}`);
    expect(record).toMatchObject({
      label: 'nightly',
      description: 'the first',
      scope: 'system',
      state: 'SUCCESS',
      createdBy: 'command line',
      encrypted: true,
      encryption: { mode: 'key' },
      tiedToHsm: false,
      fileName: `${body.id}.tar`,
      backupPath: 'archives',
      formatVersion: 1,
      components: { files: { kind: 'directory', state: 'SUCCESS', skippedCount: 0 } },
      restores: [],
      imported: false,
    });
    expect(Date.parse(record.verifiedAt)).toBeGreaterThanOrEqual(Date.parse(record.createdAt));
    const file = await readFile(join(here.data, 'archives', record.fileName));
    expect(file.length).toBe(record.archiveBytes);
    const { createHash } = await import('node:crypto');
    expect(createHash('sha256').update(file).digest('hex')).toBe(record.sha256);
  });

  test('is listed, newest first, by pages and by label [D3]', async () => {
    await api.backup({ ...files, label: 'weekly' });
    const all = (await api.get('/v1/backups')).body;
    expect(all).toMatchObject({ skip: 0, limit: 10 });
    expect(all.total).toBe(all.resources.length);
    const times = all.resources.map(({ createdAt }: { createdAt: string }) => createdAt);
    expect(times).toEqual([...times].sort().reverse());
    const weekly = (await api.get('/v1/backups?label=weekly')).body;
    expect(weekly.resources.map(({ label }: { label: string }) => label)).toEqual(['weekly']);
    const second = (await api.get('/v1/backups?skip=1&limit=1')).body;
    expect(second).toMatchObject({ skip: 1, limit: 1, total: all.total });
    expect(second.resources).toEqual([all.resources[1]]);
    expect((await api.get('/v1/backups?limit=1001')).status).toBe(400);
  });

  test('lists its contents without excluded files, by pages [U4] [U9]', async () => {
    const { id } = await api.backup(files);
    const { body } = await api.get(`/v1/backups/${id}/contents`);
    expect(
      body.resources.map(({ path, type }: { path: string; type: string }) => `${type} ${path}`).sort(),
    ).toEqual(['directory .', 'directory deep', 'file a.txt', 'file deep/b.txt', 'symlink link'].sort());
    const page = (await api.get(`/v1/backups/${id}/contents?skip=2&limit=2&component=files`)).body;
    expect(page.resources).toEqual(body.resources.slice(2, 4));
    expect((await api.get(`/v1/backups/${id}/contents?component=other`)).status).toBe(404);
  });

  test('keeps its log beside the archive when asked, and answers it [U7]', async () => {
    const record = await api.backup({ ...files, includeLogs: true, logFileName: 'run.log' });
    expect(record.logFileName).toBe('run.log');
    const log = (await api.get(`/v1/backups/${record.id}/log`)).text;
    expect(log).toContain('archive sealed');
    expect(log).toContain('read back and verified');
    expect(await readFile(join(here.data, 'archives', 'run.log'), 'utf8')).toBe(log);
    const without = await api.backup(files);
    expect((await api.get(`/v1/backups/${without.id}/log`)).status).toBe(404);
  });

  test('takes a file name to its last byte, and the log finds room behind it [U5] [U7]', async () => {
    const fileName = 'é'.repeat(100);
    const record = await api.backup({ ...files, fileName, includeLogs: true });
    expect(record).toMatchObject({ state: 'SUCCESS', fileName, logFileName: `${fileName}.log` });
    expect(existsSync(join(here.data, 'archives', record.logFileName))).toBe(true);
    expect((await api.get(`/v1/backups/${record.id}/log`)).status).toBe(200);
    expect((await api.delete(`/v1/backups/${record.id}`)).status).toBe(204);
    expect(existsSync(join(here.data, 'archives', fileName))).toBe(false);
  });

  test('is PARTIAL when something could not be read, and names it [B3]', async () => {
    if (process.getuid?.() === 0) {
      // Root can read every file, so the test uses a socket, which even root cannot back up.
      const { createServer } = await import('node:net');
      const server = createServer().listen(here.path('source', 'socket'));
      const record = await api.backup(files);
      server.close();
      expect(record.state).toBe('PARTIAL');
      expect(record.components.files.skipped).toEqual([
        { path: 'socket', reason: expect.stringMatching(/socket/) },
      ]);
    } else {
      await chmod(here.path('source', 'a.txt'), 0);
      const record = await api.backup(files);
      await chmod(here.path('source', 'a.txt'), 0o644);
      expect(record.state).toBe('PARTIAL');
      expect(record.components.files.skipped).toEqual([
        { path: 'a.txt', reason: expect.stringMatching(/permission/i) },
      ]);
    }
  });

  test('of a component that is not there FAILS before anything is captured, says why, and leaves nothing [D4]', async () => {
    const record = await api.backup({ components: ['missing'], includeLogs: true });
    expect(record.state).toBe('FAILED');
    expect(record.shortError).toMatch(/nowhere/);
    expect(existsSync(join(here.data, 'archives', record.fileName))).toBe(false);
    expect(stagingOf(here)).toEqual([]);
    expect((await api.get('/v1/status')).body.state).toBe('IDLE');
  });

  test('is deleted from the list and from the store; its restores stay known [D5] [D6] [C1]', async () => {
    const record = await api.backup(files);
    const restore = await api.restore(record.id, { targets: { files: here.path('restored') } });
    expect(restore.state).toBe('SUCCESS');
    expect((await api.get(`/v1/backups/${record.id}`)).body.restores).toEqual([
      { id: restore.id, state: 'SUCCESS', dryRun: false, componentStatus: { files: 'SUCCESS' } },
    ]);
    expect((await api.delete(`/v1/backups/${record.id}`)).status).toBe(204);
    expect((await api.get(`/v1/backups/${record.id}`)).status).toBe(404);
    expect(existsSync(join(here.data, 'archives', record.fileName))).toBe(false);
    expect((await api.delete(`/v1/backups/${record.id}`)).status).toBe(404);
    expect((await api.get(`/v1/restores/${restore.id}`)).body).toMatchObject({
      backupId: record.id,
      state: 'SUCCESS',
    });
  });
});

describe('the place and the name of an archive [U5]', () => {
  test("are the caller's choice; an existing name is never silently overwritten", async () => {
    await writeTree(here.path('vault'), {});
    const { mkdir } = await import('node:fs/promises');
    await mkdir(here.path('vault'), { recursive: true });
    const request = { ...files, fileName: 'mine.tar', backupPath: here.path('vault') };
    const record = await api.backup(request);
    expect(record).toMatchObject({ state: 'SUCCESS', fileName: 'mine.tar', backupPath: here.path('vault') });
    expect(existsSync(here.path('vault', 'mine.tar'))).toBe(true);
    const before = await readFile(here.path('vault', 'mine.tar'));

    const again = await api.post('/v1/backups', request);
    expect(again.status).toBe(409);
    expect(again.body).toMatchObject({ code: 'file_exists', detail: expect.stringContaining('mine.tar') });
    expect(await readFile(here.path('vault', 'mine.tar'))).toEqual(before);

    expect((await api.backup({ ...request, overwrite: true })).state).toBe('SUCCESS');
    expect(await readFile(here.path('vault', 'mine.tar'))).not.toEqual(before);
  });

  test('refuses a place that is not configured, or that cannot be written, before any work', async () => {
    const elsewhere = await api.post('/v1/backups', { ...files, backupPath: '/etc' });
    expect([elsewhere.status, elsewhere.body.code]).toEqual([400, 'place_not_allowed']);
    await rm(here.path('sealed-off'), { recursive: true, force: true });
    const unwritable = await api.post('/v1/backups', { ...files, backupPath: here.path('sealed-off') });
    expect([unwritable.status, unwritable.body.code]).toEqual([422, 'place_unwritable']);
    expect((await api.get('/v1/status')).body.state).toBe('IDLE');
  });
});

const stagingOf = (installation: Installation): string[] => {
  const folder = join(installation.data, 'archives', '.holdfast-staging');
  return existsSync(folder) ? readdirSync(folder) : [];
};
