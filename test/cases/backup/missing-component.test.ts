import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rename, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Api } from '../../acceptance/api.ts';
import { differences, writeTree } from '../files.ts';
import { Installation } from '../installation.ts';

let here: Installation;
let api: Api;
const folder = (id: string, settings: object = {}) => ({ id, kind: 'directory', path: id, ...settings });
const good = ['first', 'last'];

beforeAll(async () => {
  here = await Installation.start({
    env: { NO_SERVER: 'postgres://nobody@127.0.0.1:1/nothing' },
    config: () => ({
      components: [
        folder('first'),
        folder('gone'),
        { id: 'database', kind: 'postgres', url: { env: 'NO_SERVER' } },
        // This component fails only after everything has been read and written.
        folder('hollow', { path: 'no-files', onEmpty: 'fail' }),
        folder('last'),
        folder('needed', { path: 'also-gone', onMissing: 'fail' }),
      ],
    }),
  });
  api = here.api;
  for (const id of good) await writeTree(here.path(id), { 'a.txt': id, 'b.bin': randomBytes(300_000) });
  await mkdir(here.path('no-files', 'folder'), { recursive: true });
});
afterAll(() => here.close());

const backup = (...components: string[]) => api.backup({ components, includeLogs: true });

describe('a component that cannot be read [B1] [B7]', () => {
  test.each([
    ['which is not there', ['gone'], [/gone/]],
    ['which fails when the others are captured', ['hollow'], [/no file was found/]],
    ['and another', ['gone', 'database', 'hollow'], [/gone/, /server/, /no file was found/]],
  ])('%s: the backup goes on without it, and names it', async (_, missing, reasons) => {
    const record = await backup('first', ...missing, 'last');
    expect(record).toMatchObject({ state: 'PARTIAL', shortError: '' });
    for (const id of good)
      expect(record.components[id]).toMatchObject({ state: 'SUCCESS', entries: 3, skippedCount: 0 });
    for (const [at, id] of missing.entries())
      expect(record.components[id]).toMatchObject({
        state: 'FAILED',
        entries: 0,
        shortError: expect.stringMatching(reasons[at] ?? ''),
        errorCode: expect.stringMatching(/^component_/),
        skipped: [{ path: '.', reason: expect.stringMatching(reasons[at] ?? '') }],
      });
    const { text } = await api.get(`/v1/backups/${record.id}/log`);
    for (const reason of reasons) expect(text).toMatch(reason);
    const { body } = await api.post(`/v1/backups/${record.id}/verify`, { deep: true });
    expect((await api.ended(`/v1/verifications/${body.id}`)).state).toBe('SUCCESS');

    const targets = Object.fromEntries(good.map((id) => [id, here.path(`${record.id}-${id}`)]));
    expect(await api.restore(record.id, { targets })).toMatchObject({ state: 'SUCCESS' });
    for (const id of good) expect(differences(here.path(id), targets[id] ?? '')).toBe('');
  });

  test('fails the backup when it is the only one, or every one; all are named', async () => {
    expect(await backup('gone')).toMatchObject({ state: 'FAILED', errorCode: 'component_unavailable' });
    const all = await backup('gone', 'database', 'hollow');
    expect(all.state).toBe('FAILED');
    for (const id of ['gone', 'database', 'hollow']) expect(all.shortError).toContain(`component ${id}: `);
  });

  test('fails the backup where the configuration says so, and all faults are named', async () => {
    const record = await backup('first', 'gone', 'needed');
    expect(record).toMatchObject({ state: 'FAILED', errorCode: 'component_unavailable' });
    for (const id of ['gone', 'needed']) expect(record.shortError).toContain(`component ${id}: `);
    expect(await readdir(here.path('data', 'archives'))).not.toContain(record.fileName);
  });

  test('comes back with the next backup once it can be read', async () => {
    await writeTree(here.path('unmounted'), { 'c.txt': 'back again' });
    await rename(here.path('unmounted'), here.path('gone'));
    expect((await backup('first', 'gone')).state).toBe('SUCCESS');
    await rename(here.path('gone'), here.path('unmounted'));
    await writeFile(here.path('gone'), 'no folder');
    expect((await backup('first', 'gone')).components.gone.shortError).toMatch(/gone/);
  });
});

describe('a restore of a backup that lacks a component [B7] [B8]', () => {
  test('brings back the others, says which one the backup does not hold, and is FAILED for it', async () => {
    const record = await backup('first', 'hollow');
    const targets = { first: here.path('back'), hollow: here.path('nothing') };
    expect(await api.restore(record.id, { targets, dryRun: true })).toMatchObject({ state: 'FAILED' });
    const restore = await api.restore(record.id, { targets });
    expect(restore).toMatchObject({
      state: 'FAILED',
      componentStatus: { first: 'SUCCESS', hollow: 'FAILED' },
      components: {
        hollow: { shortError: expect.stringMatching(/has nothing of this component.*no file was found/) },
      },
    });
    expect(differences(here.path('first'), here.path('back'))).toBe('');
  });

  test('is refused when nothing else is asked for', async () => {
    const record = await backup('first', 'hollow');
    const request = { targets: { hollow: here.path('nothing') } };
    const { status, body } = await api.post(`/v1/backups/${record.id}/restores`, request);
    expect([status, body.code]).toEqual([404, 'not_in_archive']);
    expect(body.detail).toMatch(/hollow.*no file was found/);
  });
});
