import { readFile, rm, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Answer, Api } from '../../acceptance/api.ts';
import { holdfast } from '../../cli/run-holdfast.ts';
import { writeTree } from '../files.ts';
import { Installation } from '../installation.ts';

let here: Installation;
let api: Api;
let id: string;
const components = () => ['files', 'more'].map((name) => ({ id: name, kind: 'directory', path: name }));

const live = async (): Promise<string[]> =>
  Promise.all(['files', 'more'].map((name) => readFile(here.path(name, 'a.txt'), 'utf8')));
const post = (request: object): Promise<Answer> => api.post(`/v1/backups/${id}/restores`, request);

beforeAll(async () => {
  here = await Installation.start({ config: () => ({ components: components() }) });
  api = here.api;
  for (const name of ['files', 'more']) await writeTree(here.path(name), { 'a.txt': 'as backed up' });
  ({ id } = await api.backup());
});
afterAll(() => here.close());
beforeEach(async () => {
  for (const name of ['files', 'more']) await writeFile(here.path(name, 'a.txt'), 'newer');
  await rm(here.path('other'), { recursive: true, force: true });
});

describe('a restore onto live sources [K6] [B1]', () => {
  test('is not among what a target of one component asks for: the others stay as they are', async () => {
    const restore = await api.restore(id, { targets: { files: here.path('other') } });
    expect(restore).toMatchObject({ state: 'SUCCESS', componentStatus: { files: 'SUCCESS' } });
    expect(Object.keys(restore.components)).toEqual(['files']);
    expect(await live()).toEqual(['newer', 'newer']);
    expect(await readFile(here.path('other', 'a.txt'), 'utf8')).toBe('as backed up');
  });

  test.each([
    ['of all components', () => ({}), ['files', 'more']],
    ['of one', () => ({ components: ['more'] }), ['more']],
    [
      'of one beside another target',
      () => ({ components: ['files', 'more'], targets: { more: here.path('other') } }),
      ['files'],
    ],
    ['whose path is named as the target', () => ({ targets: { more: here.path('more') } }), ['more']],
    ['skipping what is there', () => ({ existing: 'skip' }), ['files', 'more']],
  ])('%s is refused until the request says so', async (_, request, named) => {
    const { total } = (await api.get('/v1/restores')).body;
    const { status, body } = await post(request());
    expect([status, body.code]).toEqual([409, 'in_place_unconfirmed']);
    expect(body.inPlaceOf).toEqual(named.map((name) => ({ component: name, target: here.path(name) })));
    for (const name of named) expect(body.detail).toContain(`${name} (${here.path(name)})`);
    expect((await api.get('/v1/restores')).body.total).toBe(total);
    expect(await live()).toEqual(['newer', 'newer']);
  });

  test('is planned without a word', async () => {
    expect(await api.restore(id, { dryRun: true })).toMatchObject({ state: 'SUCCESS' });
    expect(await live()).toEqual(['newer', 'newer']);
  });

  test('is made where the request says so', async () => {
    expect((await api.restore(id, { components: ['more'], inPlace: true })).state).toBe('SUCCESS');
    expect(await live()).toEqual(['newer', 'as backed up']);
  });

  test('is refused to the command line as well, until --in-place', async () => {
    const restore = (...args: string[]) =>
      holdfast(['backup', 'restore', id, '--component', 'files', '--wait', ...args, '--data', here.data]);
    const refused = await restore();
    expect(refused.code).toBe(5);
    expect(refused.err).toContain(`files (${here.path('files')})`);
    expect(refused.err).toContain('--in-place');
    expect(await live()).toEqual(['newer', 'newer']);
    expect((await restore('--in-place')).code).toBe(0);
    expect(await live()).toEqual(['as backed up', 'newer']);
  });
});

test('a configuration switches restores onto live sources off; other targets and dry runs stay [K6]', async () => {
  await here.end('SIGTERM');
  await here.configure({ installation: 'test', components: components(), restoreInPlace: false });
  await here.startServer();
  for (const request of [{ inPlace: true }, { components: ['files'] }]) {
    const { status, body } = await here.api.post(`/v1/backups/${id}/restores`, request);
    expect([status, body.code]).toEqual([403, 'in_place_disabled']);
    expect(body.detail).toContain('"restoreInPlace": false');
  }
  expect(await live()).toEqual(['newer', 'newer']);
  expect(await here.api.restore(id, { dryRun: true })).toMatchObject({ state: 'SUCCESS' });
  expect(await here.api.restore(id, { targets: { files: here.path('other') } })).toMatchObject({
    state: 'SUCCESS',
  });
});
