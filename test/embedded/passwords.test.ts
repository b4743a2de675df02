import { createHash } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Answer, Api } from '../acceptance/api.ts';
import { makeSampleArchive } from '../archive/sample-archive.ts';
import { Installation } from './installation.ts';
import { downloadKey, patiently, uploadArchive, uploadKey } from './travel.ts';

const passphrase = 'befit-brakeman-footstep-unclasp';
const password = 'a password for the journey';

let here: Installation;
let api: Api;
let backupId: string;

beforeAll(async () => {
  here = await Installation.start();
  api = here.api;
  // Its passphrase is stretched for a moment only: what is tried here is the counting.
  const { bytes, head, signing } = await makeSampleArchive({ passphrase });
  backupId = head.backupId;
  await api.post('/v1/verify-keys', { installation: 'acme', publicKey: signing.verifyKey });
  expect((await uploadArchive(api, bytes)).state).toBe('SUCCESS');
}, 60_000);
afterAll(() => here.close());

const contents = (by: string): Promise<Answer> =>
  patiently(() =>
    api.get(`/v1/backups/${backupId}/contents`, {
      headers: { 'holdfast-passphrase': encodeURIComponent(by) },
    }),
  );
const codesOf = (answers: readonly Answer[]): unknown[] =>
  answers.map(({ status, body }) => (status === 200 ? 'opened' : body.code));

describe('a passphrase of an archive [U6]', () => {
  test('that is right is never taken for a guess, however many ask at once', async () => {
    const answers = await Promise.all(Array.from({ length: 12 }, () => contents(passphrase)));
    expect(codesOf(answers)).toEqual(Array(12).fill('opened'));
  }, 60_000);

  test('may be wrong a few times; a right one forgets those before it', async () => {
    for (let round = 0; round < 2; round++) {
      const wrong = await Promise.all(Array.from({ length: 4 }, (_, n) => contents(`a wrong guess ${n}`)));
      expect(codesOf(wrong)).toEqual(Array(4).fill('wrong_passphrase'));
      expect((await contents(passphrase)).status).toBe(200);
    }
  }, 60_000);

  test('that was guessed too often makes everybody wait, also with the right one, and after a restart', async () => {
    const wrong = await Promise.all(Array.from({ length: 9 }, (_, n) => contents(`another guess ${n}`)));
    expect(codesOf(wrong).sort()).toEqual([
      ...Array(4).fill('too_many_attempts'),
      ...Array(5).fill('wrong_passphrase'),
    ]);
    await here.end('SIGKILL');
    await here.startServer();
    api = here.api;
    const { status, headers, body } = await contents(passphrase);
    expect([status, body.code]).toEqual([429, 'too_many_attempts']);
    expect(Number(headers.get('retry-after'))).toBe(body.retryAfterSeconds);
    for (const [path, request] of [
      ['restores', { passphrase, components: ['notes'], targets: { notes: here.path('notes') } }],
      ['verify', { passphrase, deep: true }],
      ['reseal', { passphrase }],
    ] as const)
      expect([path, (await api.post(`/v1/backups/${backupId}/${path}`, request)).status]).toEqual([
        path,
        429,
      ]);
  }, 60_000);
});

/** A key file whose facts somebody without the password has changed, checksum and all. */
const forged = (file: string, change: (facts: Record<string, unknown>) => object): string => {
  const line = /^\{.*\}$/m.exec(file)?.[0] ?? '';
  const { checksum: _, ...facts } = JSON.parse(line);
  const armoured = file.slice(file.indexOf('-----BEGIN'));
  const said = change(facts);
  const checksum = createHash('sha256')
    .update(`${JSON.stringify(said)}\n${armoured}`)
    .digest('hex');
  return file.replace(line, JSON.stringify({ ...said, checksum }));
};

describe('what is wrong with a key file under its password [C10]', () => {
  test('is not told: the answer and the time it takes are the same, over HTTP', async () => {
    const other = await Installation.start({ config: () => ({ installation: 'other' }) });
    try {
      const { id } = (await other.api.post('/v1/keys', {})).body;
      const file = await downloadKey(other.api, id, password);
      const attempts: Record<string, [string, string]> = {
        'another password': [file, 'not the password at all'],
        'another domain': [forged(file, (facts) => ({ ...facts, domain: 'blue' })), password],
        'another hint': [forged(file, (facts) => ({ ...facts, hint: 'x' })), password],
      };
      const answers: Record<string, string> = {};
      const seconds: number[] = [];
      for (const [what, [text, by]] of Object.entries(attempts)) {
        const start = performance.now();
        const { status, body } = await uploadKey(other.api, text, by);
        seconds.push((performance.now() - start) / 1000);
        answers[what] = JSON.stringify([status, body]);
      }
      expect(new Set(Object.values(answers)).size).toBe(1);
      expect(answers['another password']).toContain('wrong_passphrase');
      // The stretching is nearly all of it, and another may use this processor.
      expect(Math.max(...seconds) / Math.min(...seconds)).toBeLessThan(3);
    } finally {
      await other.close();
    }
  }, 180_000);
});
