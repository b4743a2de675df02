import { createHash, randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { generateArchiveKey, generateBackupKey } from '../../../lib/archive/age/age-header.ts';
import { sealArchiveKey } from '../../../lib/archive/keys/archive-key.ts';
import type { Answer, Api } from '../../acceptance/api.ts';
import { signedAnew } from '../../archive/crafted/signed-anew.ts';
import { makeSampleArchive, signerOf } from '../../archive/samples/sample-archive.ts';
import { holdfast } from '../../cli/run-holdfast.ts';
import { Installation } from '../installation.ts';
import { downloadKey, patiently, uploadArchive, uploadKey } from '../transfer/transfers.ts';

const passphrase = 'befit-brakeman-footstep-unclasp';
const password = 'a password for the journey';

let here: Installation;
let api: Api;
let backupId: string;

beforeAll(async () => {
  here = await Installation.start();
  api = here.api;
  // Deriving a key from this passphrase takes only a moment, because the test is about counting attempts.
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

  test('that was guessed too often makes its caller wait, also with the right one, and after a restart', async () => {
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

describe('an archive that no passphrase opens [U6] [B8]', () => {
  /** Imports an archive under a new backup id, with another key in it. */
  const withKey = async (sealedKey: Uint8Array): Promise<string> => {
    const sample = await makeSampleArchive({ passphrase, head: { backupId: `nightly-${randomUUID()}` } });
    await api.post('/v1/verify-keys', { installation: 'acme', publicKey: sample.signing.verifyKey });
    const bytes = await signedAnew(sample.bytes, signerOf(sample.signing), {}, sealedKey);
    expect((await uploadArchive(api, bytes)).state).toBe('SUCCESS');
    return sample.head.backupId;
  };
  const contentsOf = (id: string): Promise<Answer> =>
    patiently(() =>
      api.get(`/v1/backups/${id}/contents`, {
        headers: { 'holdfast-passphrase': encodeURIComponent(passphrase) },
      }),
    );

  test('locks nobody out of a sound one: only a wrong passphrase is a guess', async () => {
    const good = await sealArchiveKey((await generateArchiveKey()).identity, { passphrase, logN: 10 });
    const costly = Buffer.from(good.toString('latin1').replace(/^(-> scrypt \S+) 10$/m, '$1 21'), 'latin1');
    const mac = Buffer.from(good.toString('latin1').replace(/^--- .{4}/m, '--- AAAA'), 'latin1');
    const toKey = await sealArchiveKey((await generateArchiveKey()).identity, {
      recipients: [(await generateBackupKey()).recipient],
    });
    const broken: Record<string, [Uint8Array, string]> = {
      'no age file': [Buffer.from('nothing of the sort'), 'age_malformed'],
      'a cut one': [good.subarray(0, 40), 'age_malformed'],
      'one beyond all cost': [costly, 'passphrase_too_costly'],
      'one whose header was changed': [mac, 'age_malformed'],
      'one to a key': [toKey, 'wrong_key'],
      'the key of another archive': [good, 'archive_damaged'],
    };
    for (const [what, [key, code]] of Object.entries(broken)) {
      const id = await withKey(key);
      // Tries more often than wrong guesses are allowed.
      for (let n = 0; n < 7; n++) expect([what, ...codesOf([await contentsOf(id)])]).toEqual([what, code]);
    }
    // Every passphrase is wrong for this damaged key, and nobody can detect the damage; each archive counts
    // its own attempts.
    const body = Buffer.from(good);
    body.fill('A', body.indexOf('\n', 30) + 1, body.indexOf('\n', 30) + 40);
    for (let n = 0; n < 3; n++) {
      const id = await withKey(body);
      expect(codesOf([await contentsOf(id), await contentsOf(id)])).toEqual(
        Array(2).fill('wrong_passphrase'),
      );
    }
    const sound = await makeSampleArchive({ passphrase, head: { backupId: `nightly-${randomUUID()}` } });
    await api.post('/v1/verify-keys', { installation: 'acme', publicKey: sound.signing.verifyKey });
    await uploadArchive(api, sound.bytes);
    expect((await contentsOf(sound.head.backupId)).status).toBe(200);
  }, 120_000);
});

describe('an archive that was made under a passphrase that is refused today [U6]', () => {
  test.each([
    ['NUL', '\0'.repeat(12)],
    ['blanks', ' '.repeat(12)],
    ['a blank at the end', 'correct horse battery '],
    ['a line end inside', 'correct horse\nbattery'],
    ['accents apart', 'cafe\u0301 cafe\u0301 cafe\u0301'],
  ])(
    'opens with it, by header, by body and by file: %s',
    async (_what, old) => {
      const sample = await makeSampleArchive({
        passphrase: old,
        head: { backupId: `nightly-${randomUUID()}` },
      });
      await api.post('/v1/verify-keys', { installation: 'acme', publicKey: sample.signing.verifyKey });
      expect((await uploadArchive(api, sample.bytes)).state).toBe('SUCCESS');
      const path = `/v1/backups/${sample.head.backupId}`;
      const header = { 'holdfast-passphrase': encodeURIComponent(old) };
      expect((await api.get(`${path}/contents`, { headers: header })).status).toBe(200);
      const { status, body } = await api.post(`${path}/verify`, { passphrase: old, deep: true });
      expect(status).toBe(202);
      expect((await api.ended(`/v1/verifications/${body.id}`)).state).toBe('SUCCESS');
      writeFileSync(here.path('old-passphrase'), `${old}\n`, { mode: 0o600 });
      writeFileSync(here.path('old.tar'), sample.bytes);
      const args = ['--file', here.path('old.tar'), '--passphrase-file', here.path('old-passphrase')];
      expect((await holdfast(['backup', 'verify', '--deep', ...args])).code).toBe(0);
    },
    60_000,
  );

  test('a header that is not encoded is refused, as is one with nothing in it: nobody knows what it meant', async () => {
    for (const sent of ['caf\u00e9 au lait', '100% sure of it', '']) {
      const { status, body } = await api.get(`/v1/backups/${backupId}/contents`, {
        headers: { 'holdfast-passphrase': sent },
      });
      expect([status, body.code, body.detail]).toEqual([
        400,
        'invalid_request',
        expect.stringContaining('percent-encoded UTF-8 (a space is %20)'),
      ]);
    }
  });
});

/** A key file whose facts somebody without the password changed, with a matching checksum. */
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
      // Key derivation takes nearly all of the time, and other work may use this processor.
      expect(Math.max(...seconds) / Math.min(...seconds)).toBeLessThan(3);
    } finally {
      await other.close();
    }
  }, 180_000);
});
