/** What the records contain from the first state to the last, and that they are kept. */
import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { readdir, readFile, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { backupSchema, backupViewSchema } from '../../../lib/model/records/backup.ts';
import { restoreSchema } from '../../../lib/model/records/restore.ts';
import { PRODUCT_VERSION } from '../../../lib/model/version.ts';
import type { Answer, Api } from '../../acceptance/api.ts';
import { writeSlowFile, writeTree } from '../files.ts';
import { Installation } from '../installation.ts';

const MARK = 'restart-the-web-server-7f3a';
let here: Installation;
let api: Api;

beforeAll(async () => {
  here = await Installation.start({
    config: () => ({
      components: [
        { id: 'files', kind: 'directory', path: 'source', afterRestore: MARK },
        { id: 'large', kind: 'directory', path: 'large' },
        { id: 'busy', kind: 'directory', path: 'busy' },
      ],
    }),
  });
  api = here.api;
  await writeTree(here.path('source'), { 'a.txt': 'alpha', 'deep/b.txt': 'beta' });
  await writeSlowFile(here.path('large', 'zeros'), 1);
});
afterAll(() => here.close());

/** The fields that the founding design lists, and the ones added since. */
const designed = [
  ...['id', 'label', 'description', 'scope', 'domain', 'state', 'shortError', 'createdBy', 'createdAt'],
  ...['completedAt', 'encrypted', 'encryption', 'tiedToHsm', 'fileName', 'logFileName', 'backupPath', 'host'],
  ...['productVersion', 'formatVersion', 'components', 'filters', 'sourceBytes', 'archiveBytes', 'entries'],
  ...['sha256', 'progress', 'restores', 'verifiedAt'],
];
const beside = [
  ...['archiveKey', 'imported', 'importedFrom', 'includeLogs', 'overwrite', 'scheduleId', 'trustedSigner'],
  ...['manifestSha256', 'errorCode'],
];
/**
 * Fields that appear only in some cases: a failed verification, an import, a deep verification, recipients of
 * notices, a file replaced by another backup, holds and expiry.
 */
const seldom = [
  ...[
    'failedVerification',
    'importedAt',
    'verification',
    'notify',
    'replacedBy',
    'hold',
    'lockedUntil',
    'deleteAfter',
    'removal',
  ],
];

test('the record has every field it was designed with, and no other, at every moment [K4] [U11]', async () => {
  const request = { components: ['files'], label: 'nightly', includeLogs: true };
  const { body: first } = await api.post('/v1/backups', request);
  const last = await api.ended(`/v1/backups/${first.id}`);
  for (const record of [first, last, (await api.get('/v1/backups')).body.resources[0]]) {
    expect(backupViewSchema.strict().parse(record)).toEqual(record);
    expect(Object.keys(record).sort()).toEqual([...designed, ...beside, 'signature', 'signedBy'].sort());
  }
  expect(Object.keys(backupSchema.shape).filter((name) => !(name in last))).toEqual(seldom);
  expect(last).toMatchObject({
    host: hostname(),
    productVersion: PRODUCT_VERSION,
    formatVersion: 1,
    domain: 'root',
    filters: [],
    logFileName: `${first.id}.tar.log`,
    sourceBytes: 9,
    entries: 4,
    components: { files: { sourceBytes: 9, entries: 4 } },
    progress: { step: 'complete-backup', sourceBytes: 9, entries: 4, cancelledBy: null },
  });
  expect(first.completedAt).toBeNull();
  const times = [last.createdAt, last.components.files.capturedAt, last.verifiedAt, last.completedAt];
  expect(times.map((time) => Date.parse(time))).toEqual(
    times.map((time) => Date.parse(time)).sort((a, b) => a - b),
  );
});

test('a running backup and a running restore tell how far they are, component by component [K4] [D4] [D6]', async () => {
  // The answer to the start counts as the first record seen, because the operation may end before the next
  // request.
  const seen = async (path: string, first: Answer['body']): Promise<Answer['body'][]> => {
    const looks = [first];
    await api.until(path, (record) => {
      looks.push(record);
      return record.state !== 'IN_PROGRESS';
    });
    return looks;
  };
  const { body } = await api.post('/v1/backups', { components: ['large'] });
  const looks = await seen(`/v1/backups/${body.id}`, body);
  const running = looks.filter(({ components }) => components.large.state === 'IN_PROGRESS');
  expect(running.at(-1)).toMatchObject({ state: 'IN_PROGRESS', progress: { step: 'capture' } });
  expect(new Set(looks.map(({ progress }) => progress.step)).size).toBeGreaterThan(2);
  expect(looks.at(-1)).toMatchObject({ state: 'SUCCESS', progress: { sourceBytes: 1e9 } });

  const targets = { large: here.path('back') };
  const { body: restore } = await api.post(`/v1/backups/${body.id}/restores`, { targets });
  expect(restoreSchema.strict().parse(restore)).toEqual(restore);
  const states = (await seen(`/v1/restores/${restore.id}`, restore)).map(
    ({ componentStatus }) => componentStatus.large,
  );
  expect([...new Set(states)]).toEqual(['PENDING', 'IN_PROGRESS', 'SUCCESS']);
}, 120_000);

test('a file that grows and one that vanishes while they are read are named, and the outcome is PARTIAL [B3]', async () => {
  await writeSlowFile(here.path('busy', 'grows'), 4);
  await writeSlowFile(here.path('busy', 'vanishes'), 4);
  const { body } = await api.post('/v1/backups', { components: ['busy'] });
  const path = `/v1/backups/${body.id}`;
  await api.until(path, ({ components }) => components.busy.state === 'IN_PROGRESS');
  appendFileSync(here.path('busy', 'grows'), 'more');
  await rm(here.path('busy', 'vanishes'));
  const record = await api.ended(path, 120);
  expect(record).toMatchObject({ state: 'PARTIAL', components: { busy: { state: 'PARTIAL' } } });
  expect(record.components.busy.skipped).toEqual(
    expect.arrayContaining([
      { path: 'grows', reason: expect.stringMatching(/grew/) },
      { path: 'vanishes', reason: expect.stringMatching(/was deleted or renamed/) },
    ]),
  );
  await rm(here.path('busy'), { recursive: true });
}, 150_000);

test('a backup stays over the sweep and the restart, until it is deleted [C1]', async () => {
  const { id, fileName } = await api.backup({ components: ['files'] });
  const before = (await api.get(`/v1/backups/${id}`)).body;
  await here.end('SIGKILL');
  await here.startServer();
  api = here.api;
  await here.end('SIGTERM');
  await here.startServer();
  api = here.api;
  expect((await api.get(`/v1/backups/${id}`)).body).toEqual(before);
  const { body } = await api.post(`/v1/backups/${id}/verify`);
  expect((await api.ended(`/v1/verifications/${body.id}`)).state).toBe('SUCCESS');
  expect((await api.delete(`/v1/backups/${id}`)).status).toBe(204);
  expect(existsSync(join(here.data, 'archives', fileName))).toBe(false);
});

test('an archive holds what was backed up, and nothing of keys, configuration and records; the docs say so [C15]', async () => {
  const { id, fileName, encryption } = await api.backup({ components: ['files'] });
  const contents = (await api.get(`/v1/backups/${id}/contents`)).body.resources;
  expect(contents.map(({ path }: { path: string }) => path).sort()).toEqual([
    '.',
    'a.txt',
    'deep',
    'deep/b.txt',
  ]);
  await api.restore(id, { targets: { files: here.path('opened') } });
  expect((await readdir(here.path('opened'), { recursive: true })).sort()).toEqual([
    'a.txt',
    'deep',
    'deep/b.txt',
  ]);
  const archive = await readFile(join(here.data, 'archives', fileName));
  // Shows that the search works: the archive names its key in clear text.
  expect(archive.includes(encryption.keyId)).toBe(true);
  const own = [
    MARK,
    'AGE-SECRET-KEY-',
    api.token,
    createHash('sha256').update(api.token).digest('hex'),
    here.path('source'),
  ];
  for (const text of own) expect([text, archive.includes(text)]).toEqual([text, false]);
  const keyFile = JSON.stringify(readFileSync(join(here.data, 'installation.key'), 'utf8'));
  for (const [secret] of keyFile.matchAll(/[A-Za-z0-9+/=_-]{40,}/g))
    expect(archive.includes(secret)).toBe(false);
  expect(readFileSync('README.md', 'utf8')).toContain(
    "Holdfast's own keys, records and configuration are **not** in a backup.",
  );
});

test('a token is kept as its hash: in no byte of the catalog or its log does it stand itself [T2] [U12]', () => {
  const [admin = ''] = /hf_\S+/.exec(here.log) ?? [];
  const bytes = Buffer.concat(
    ['catalog.db', 'catalog.db-wal']
      .map((name) => join(here.data, name))
      .filter(existsSync)
      .map((path) => readFileSync(path)),
  );
  for (const token of [admin, api.token]) {
    expect(token).toMatch(/^hf_token-.{80}/);
    expect(bytes.includes(token)).toBe(false);
    const secret = token.slice(-43);
    expect(bytes.includes(secret)).toBe(false);
    expect(bytes.includes(createHash('sha256').update(secret).digest('hex'))).toBe(true);
  }
});

test('backups that are switched off are refused, and the sentence says where [O1]', async () => {
  const off = await Installation.start({
    config: () => ({ backups: false, components: [{ id: 'files', kind: 'directory', path: 'source' }] }),
  });
  const { status, body } = await off.api.post('/v1/backups', {});
  expect([status, body.code, body.detail]).toEqual([
    403,
    'backups_disabled',
    expect.stringContaining('"backups": false'),
  ]);
  expect((await off.api.get('/v1/backups')).body.total).toBe(0);
  await off.close();
});
