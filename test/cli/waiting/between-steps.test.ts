/** How a waiting command shows what happens to its operation meanwhile. */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { generateSigningKey } from '../../../lib/archive/keys/signature.ts';
import type { Answer } from '../../acceptance/api.ts';
import { signedAnew } from '../../archive/crafted/signed-anew.ts';
import { signerOf } from '../../archive/samples/sample-archive.ts';
import { differences, writeTree } from '../../cases/files.ts';
import { Installation } from '../../cases/installation.ts';
import { downloadArchive, sealOf, uploadArchive } from '../../cases/transfer/transfers.ts';
import { eventually } from '../../contract/eventually.ts';
import { type Finished, holdfast, jsonLines } from '../run-holdfast.ts';

const hold = pathToFileURL(join(import.meta.dirname, '../../cases/hold-workflows.ts')).href;
let a: Installation;
let b: Installation;
let backup: Answer['body'];
let archive: Buffer;
let verifyKey: Answer['body'];

beforeAll(async () => {
  [a, b] = await Promise.all([
    Installation.start({
      config: () => ({
        installation: 'berlin',
        components: [{ id: 'files', kind: 'directory', path: 'source' }],
      }),
    }),
    Installation.start({
      config: () => ({ installation: 'lisbon' }),
      env: (folder) => ({ NODE_OPTIONS: `--import ${hold}`, HOLDFAST_TEST_HOLD: folder }),
    }),
  ]);
  await writeTree(a.path('source'), { 'a.txt': 'alpha', 'deep/b.txt': 'beta' });
  const passphrase = 'befit-brakeman-footstep-unclasp';
  backup = await a.api.backup({ passphrase });
  archive = await downloadArchive(a.api, backup.id);
  writeFileSync(b.path('passphrase'), passphrase, { mode: 0o600 });
  [verifyKey] = (await a.api.get('/v1/verify-keys')).body.resources;
  expect((await uploadArchive(b.api, archive)).state).toBe('SUCCESS');
}, 60_000);
afterAll(() => Promise.all([a.close(), b.close()]));

const file = (): string => b.path('data', 'archives', `${backup.id}.tar`);
const byStranger = async (): Promise<Buffer> => signedAnew(archive, signerOf(generateSigningKey()));

/** Runs a command of installation b, and runs `meanwhile` just before its operation reaches that step. */
const runWith = async (
  args: readonly string[],
  step: string,
  meanwhile: () => Promise<unknown>,
): Promise<Finished> => {
  const held = b.path(step);
  writeFileSync(held, '');
  const passphrase = ['--passphrase-file', b.path('passphrase')];
  const done = holdfast([...args, ...passphrase, '--json'], {
    cwd: b.folder,
    env: { HOLDFAST_DATA: b.data },
  });
  try {
    const early = done.then(({ err }) => Promise.reject(new Error(`it ended before: ${err}`)));
    const waits = eventually(`${step} waits`, () => existsSync(`${held}.waits`) || undefined);
    await Promise.race([waits, early]);
    await meanwhile();
  } finally {
    rmSync(held);
    rmSync(`${held}.waits`, { force: true });
  }
  return done;
};
const told = ({ code, err }: Finished) => [code, jsonLines(err).at(-1)?.code];
const restore = (): string[] => ['backup', 'restore', backup.id, '--to', `files=${b.path('back')}`, '--wait'];
const trustWord = async (): Promise<string> => {
  const { verifyKey: key, manifestSha256 } = await sealOf(b.api, backup.id);
  return `${key}:${manifestSha256}`;
};

describe('an archive of a signer who is trusted for once [B8]', () => {
  test.each(['OpenArchive', 'RestoreComponent'])(
    'is not restored when its file is exchanged before %s: archive_mismatch, and nothing is written',
    async (step) => {
      const args = [...restore(), '--trust', await trustWord()];
      const other = await byStranger();
      const run = await runWith(args, step, async () => writeFileSync(file(), other));
      expect(told(run)).toEqual([1, 'archive_mismatch']);
      expect(existsSync(b.path('back'))).toBe(false);
      writeFileSync(file(), archive);
    },
    60_000,
  );

  test.each(['ResealArchive', 'VerifyRange', 'CompleteReseal'])(
    'is not sealed under our signature when its file is exchanged before %s',
    async (step) => {
      const other = await byStranger();
      const args = ['backup', 'reseal', backup.id, '--trust', await trustWord()];
      const run = await runWith(args, step, async () => writeFileSync(file(), other));
      expect(told(run)).toEqual([1, 'archive_mismatch']);
      expect(readFileSync(file()).equals(other)).toBe(true);
      const { body } = await b.api.get(`/v1/backups/${backup.id}`);
      expect(body).toMatchObject({ signature: 'unknown-signer', encryption: { mode: 'passphrase' } });
      writeFileSync(file(), archive);
    },
    60_000,
  );

  test('is restored where nobody meddles, and its record names signer and digest', async () => {
    const run = await runWith(
      [...restore(), '--trust', await trustWord()],
      'RestoreComponent',
      async () => {},
    );
    expect(run.code).toBe(0);
    expect(differences(a.path('source'), b.path('back'))).toBe('');
    const { id } = Object(jsonLines(run.out).at(-1));
    const shown = await holdfast(['restore', 'show', id], { env: { HOLDFAST_DATA: b.data } });
    const { verifyKey: key, manifestSha256 } = await sealOf(b.api, backup.id);
    expect(shown.out).toMatch(/^passed +signer by --trust$/m);
    expect(shown.out).toContain(`${key}, manifest ${manifestSha256}, by command line`);
    rmSync(b.path('back'), { recursive: true });
  }, 60_000);
});

describe('an archive of a known signer', () => {
  test('whose key is taken back while it is restored fails with the archive’s own code and 5 [B8]', async () => {
    const known = { installation: 'berlin', publicKey: verifyKey.publicKey };
    for (const step of ['OpenArchive', 'RestoreComponent']) {
      expect((await b.api.post('/v1/verify-keys', known)).status).toBe(201);
      const run = await runWith(restore(), step, () => b.api.delete(`/v1/verify-keys/${verifyKey.id}`));
      expect(told(run)).toEqual([5, 'archive_signer_unknown']);
      expect(existsSync(b.path('back'))).toBe(false);
    }
  }, 60_000);

  test('that was damaged meanwhile fails with that code and 1', async () => {
    const known = { installation: 'berlin', publicKey: verifyKey.publicKey };
    expect((await b.api.post('/v1/verify-keys', known)).status).toBe(201);
    const at = archive.indexOf('age-encryption.org/v1', archive.indexOf('components/files/'));
    const run = await runWith(restore(), 'RestoreComponent', async () =>
      writeFileSync(file(), Buffer.from(archive).fill('x', at + 300, at + 310)),
    );
    expect(told(run)).toEqual([1, 'archive_damaged']);
    const verify = await runWith(['backup', 'verify', backup.id], 'VerifyRange', async () => {});
    expect(told(verify)).toEqual([1, 'archive_damaged']);
    writeFileSync(file(), archive);
  }, 60_000);
});
