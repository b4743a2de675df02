import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Api } from '../../acceptance/api.ts';
import { writeTree } from '../files.ts';
import { Installation } from '../installation.ts';
import { downloadArchive, downloadKey, reseal, uploadArchive, uploadKey } from '../transfer/transfers.ts';

// Long secrets, with characters that every encoding changes.
const passphrase = 'Pass/phrase+ñ"of the çipher 7\\ever';
const password = 'Pass/word?ü"of the k&y file 9\\ever';
const wrong = 'Wr/ong?ü"but near the m&rk 9\\ever!';

let here: Installation;
let there: Installation;
const scratch = mkdtempSync(join(tmpdir(), 'holdfast-workflows-'));
const record = join(scratch, 'workflows.jsonl');

beforeAll(async () => {
  here = await Installation.start({
    config: () => ({
      installation: 'here',
      components: [{ id: 'files', kind: 'directory', path: 'source' }],
    }),
    // The most detailed log, and a record of what the state machines pass on.
    env: {
      HOLDFAST_LOG: 'debug',
      HOLDFAST_TEST_RECORD: record,
      NODE_OPTIONS: `--import ${pathToFileURL(join(import.meta.dirname, '../record-workflows.ts'))}`,
    },
  });
  there = await Installation.start({ config: () => ({ installation: 'there' }) });
  await writeTree(here.path('source'), { 'a.txt': 'alpha', 'deep/b.txt': 'beta' });
}, 60_000);
afterAll(async () => {
  await Promise.all([here.close(), there.close()]);
  rmSync(scratch, { recursive: true });
});

/** Every encoding of the secret, also as part of a longer text. */
const waysToWrite = (secret: string): Buffer[] => {
  const bytes = Buffer.from(secret);
  // Base64 has three forms, by the offset at which the secret starts; its first and last characters also
  // depend on the neighbours.
  const base64 = [0, 1, 2].map((shift) =>
    Buffer.concat([Buffer.alloc(shift), bytes])
      .toString('base64')
      .slice(4, -6),
  );
  const json = JSON.stringify(secret).slice(1, -1);
  return [
    secret,
    json,
    JSON.stringify(json).slice(1, -1),
    encodeURIComponent(secret),
    bytes.toString('hex'),
    bytes.toString('latin1'),
    ...base64,
    ...base64.map((text) => text.replaceAll('+', '-').replaceAll('/', '_')),
  ].map((text) => Buffer.from(text));
};

const filesBelow = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile());

/**
 * Where the secret appears: in a file of the data folder (with the catalog's free pages and its log), in a
 * log line, or in a workflow.
 */
const findings = (secret: string): string[] => {
  const places = new Map<string, Buffer>([['the log', Buffer.from(here.log)]]);
  for (const path of [...filesBelow(here.data), record]) places.set(path, readFileSync(path));
  const ways = waysToWrite(secret);
  return [...places].filter(([, bytes]) => ways.some((way) => bytes.includes(way))).map(([place]) => place);
};

const step = async (name: string, work: (api: Api) => Promise<unknown>): Promise<void> => {
  await work(here.api);
  for (const secret of [passphrase, password, wrong, 'AGE-SECRET-KEY-'])
    expect([name, secret, findings(secret)]).toEqual([name, secret, []]);
};

test('the search finds what it is to find', () => {
  const secrets = waysToWrite(passphrase);
  for (const text of [
    passphrase,
    JSON.stringify({ x: { passphrase } }),
    JSON.stringify({ body: JSON.stringify({ passphrase }) }),
    Buffer.from(`{"p":"${passphrase}"}`).toString('base64'),
    Buffer.from(`{"pp":"${passphrase}"}`).toString('base64url'),
    Buffer.from(`{"ppp":"${passphrase}"}`).toString('base64'),
    `/v1/x?passphrase=${encodeURIComponent(passphrase)}`,
  ])
    expect(secrets.some((way) => Buffer.from(text).includes(way))).toBe(true);
});

test('a passphrase or password, right or wrong, is in no record, log, event, queue, file or state machine; nor is a private key in clear [U6] [C10]', async () => {
  let id = '';
  await step('backup while it runs', async (api) => {
    const { body } = await api.post(
      '/v1/backups',
      { passphrase, includeLogs: true },
      { headers: { 'idempotency-key': 'once' } },
    );
    id = body.id;
  });
  await step('backup', async (api) => {
    expect((await api.ended(`/v1/backups/${id}`)).state).toBe('SUCCESS');
  });
  await step('contents', async (api) => {
    const headers = { 'holdfast-passphrase': encodeURIComponent(passphrase) };
    expect((await api.get(`/v1/backups/${id}/contents`, { headers })).status).toBe(200);
    const query = await api.get(`/v1/backups/${id}/contents?passphrase=nonsense`);
    expect(query.status).toBe(400);
  });
  await step('restore, wrong and right', async (api) => {
    const targets = { files: here.path('restored') };
    const refused = await api.post(`/v1/backups/${id}/restores`, { passphrase: wrong, targets });
    expect(refused.body.code).toBe('wrong_passphrase');
    expect(refused.text).not.toContain('near the');
    expect((await api.restore(id, { passphrase, targets })).state).toBe('SUCCESS');
  });
  await step('deep verification', async (api) => {
    const { body } = await api.post(`/v1/backups/${id}/verify`, { passphrase, deep: true });
    expect((await api.ended(`/v1/verifications/${body.id}`)).state).toBe('SUCCESS');
  });
  await step('requests that are refused', async (api) => {
    for (const body of [
      { passphrase, keyId: 'nonsense' },
      { passphrase: wrong, unknown: password },
      `{"passphrase": ${JSON.stringify(passphrase)}, broken`,
    ]) {
      const { status, text } = await api.post('/v1/backups', body);
      expect(status).toBe(400);
      expect(text).not.toContain('of the');
    }
  });
  await step('key file out and in', async (api) => {
    const [key] = (await api.get('/v1/keys')).body.resources;
    const file = await downloadKey(api, key.id, password, 'no secret');
    expect((await uploadKey(api, file, wrong)).body.code).toBe('wrong_passphrase');
    expect((await uploadKey(api, file, password)).body.code).toBe('conflict');
    const [other] = (await there.api.get('/v1/keys')).body.resources;
    const foreign = await downloadKey(there.api, other.id, password);
    expect((await uploadKey(api, foreign, password)).status).toBe(201);
  });
  await step('re-seal, delete and import', async (api) => {
    const archive = await downloadArchive(api, id);
    expect(await reseal(api, id, { passphrase })).toMatchObject({ state: 'SUCCESS' });
    await api.delete(`/v1/backups/${id}`);
    expect(await uploadArchive(api, archive)).toMatchObject({ state: 'SUCCESS' });
  });
  await step('restart', async () => {
    await here.end('SIGKILL');
    await here.startServer();
  });
  // The inputs in the record contain only references.
  const lines = readFileSync(record, 'utf8').trim().split('\n');
  const inputs = lines.map((line) => JSON.parse(line)).filter(({ what }) => what === 'input');
  expect(inputs.length).toBeGreaterThanOrEqual(5);
  // A Map gives each element its own input: a component's id or a shard's number.
  for (const { value } of inputs)
    expect(
      Object.keys(value)
        .filter((name) => name !== 'work')
        .sort(),
    ).toEqual(['fence', 'operationId']);
}, 120_000);
