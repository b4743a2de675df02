/**
 * Names that every JavaScript object has, as names of components, kinds, variables and fields; they must work
 * like others.
 */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Api } from '../../acceptance/api.ts';
import { makeSampleArchive } from '../../archive/samples/sample-archive.ts';
import { differences, writeTree } from '../files.ts';
import { Installation } from '../installation.ts';
import { uploadArchive } from '../transfer/transfers.ts';

const passphrase = 'befit-brakeman-footstep-unclasp';
let here: Installation;
let api: Api;

beforeAll(async () => {
  here = await Installation.start({
    config: (folder) => ({
      components: [
        { id: 'constructor', kind: 'directory', path: `${folder}/source`, afterRestore: 'restart it' },
        { id: 'files', kind: 'directory', path: `${folder}/source`, afterRestore: 'restart them' },
        { id: 'database', kind: 'postgres', url: { env: 'constructor' } },
      ],
    }),
  });
  ({ api } = here);
  await writeTree(here.path('source'), {
    'a.txt': 'alpha',
    ['__proto__']: 'a file',
    'constructor/toString': 'in a folder',
  });
}, 60_000);
afterAll(() => here.close());

describe('a component called constructor', () => {
  test('is backed up, listed and restored like any other, to a place that is named and to its own', async () => {
    const backup = await api.backup({ components: ['constructor'] });
    expect(backup).toMatchObject({ state: 'SUCCESS' });
    const { body } = await api.get(`/v1/backups/${backup.id}/contents?component=constructor`);
    expect(body.total).toBe(backup.entries);
    for (const request of [
      { components: ['constructor'], targets: { constructor: here.path('back') } },
      { existing: 'skip', inPlace: true },
    ]) {
      const restore = await api.restore(backup.id, request);
      expect(restore).toMatchObject({ state: 'SUCCESS', afterwards: ['constructor: restart it'] });
      // A restore to the component's own place has nothing to write except the folder's time.
      if ('targets' in request) expect(differences(here.path('source'), here.path('back'))).toBe('');
    }
  }, 60_000);

  test('is asked for in vain of an archive that has none', async () => {
    const backup = await api.backup({ components: ['files'] });
    const path = `/v1/backups/${backup.id}`;
    for (const request of [{ components: ['constructor'] }, { targets: { constructor: here.path('x') } }]) {
      const { status, body } = await api.post(`${path}/restores`, request);
      expect([status, body.code]).toEqual([400, 'invalid_request']);
      expect(body.detail).toContain('has no component "constructor"');
    }
    const contents = await api.get(`${path}/contents?component=constructor`);
    expect([contents.status, contents.body.code]).toEqual([404, 'not_in_archive']);
    expect(await api.restore(backup.id, { targets: { files: here.path('f') } })).toMatchObject({
      afterwards: ['files: restart them'],
    });
  }, 60_000);

  test('of somebody else’s archive, of a kind called so, too, wants a target, and then a newer version', async () => {
    const sample = await makeSampleArchive({
      passphrase,
      components: { constructor: { kind: 'constructor', segments: [Buffer.alloc(1024)], contents: [[]] } },
      head: { backupId: `nightly-${randomUUID()}` },
    });
    await api.post('/v1/verify-keys', { installation: 'acme', publicKey: sample.signing.verifyKey });
    expect(await uploadArchive(api, sample.bytes)).toMatchObject({ state: 'SUCCESS' });
    const path = `/v1/backups/${sample.head.backupId}/restores`;
    for (const [request, words] of [
      [{ passphrase }, /has no component "constructor" of kind constructor: say where/],
      [
        { passphrase, targets: { constructor: here.path('y') } },
        /does not know; restore it with a newer one/,
      ],
    ] as const) {
      const { status, body } = await api.post(path, request);
      expect([status, body.code, body.detail]).toEqual([
        400,
        'invalid_request',
        expect.stringMatching(words),
      ]);
    }
  }, 60_000);
});

test('a variable called constructor is not set, unless somebody sets it', async () => {
  const failed = await api.backup({ components: ['database'] });
  expect(failed).toMatchObject({
    state: 'FAILED',
    errorCode: 'component_unavailable',
    shortError: expect.stringContaining('the environment variable constructor is not set'),
  });
}, 60_000);

test.each(['constructor', '__proto__', 'toString', 'hasOwnProperty', 'valueOf'])(
  'a field called %s is refused by name, in a request, in its targets and in a query',
  async (name) => {
    const { id } = await api.backup({ components: ['files'] });
    const path = `/v1/backups/${id}/restores`;
    const body = (text: string) =>
      api.call('POST', path, { body: Buffer.from(text), headers: { 'content-type': 'application/json' } });
    const answers = [await body(`{"${name}":{}}`), await api.get(`/v1/backups?${name}=1`)];
    // In `targets` it may be a component's name; this archive has no such component.
    answers.push(await body(`{"targets":{"${name}":"/x"}}`));
    for (const { status, body: told } of answers) {
      expect([status, told.code]).toEqual([400, 'invalid_request']);
      expect(told.detail).toContain(name);
    }
  },
  60_000,
);
