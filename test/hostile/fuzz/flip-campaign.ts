/** Archives, key files, configurations and requests that were valid before something in them was changed. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateBackupKey } from '../../../lib/archive/age/age-header.ts';
import { sealArchiveKey } from '../../../lib/archive/keys/archive-key.ts';
import { generateSigningKey, signBytes } from '../../../lib/archive/keys/signature.ts';
import { SegmentPool } from '../../../lib/archive/threads/segment-pool.ts';
import { makeSampleTree, patternOf } from '../../archive/samples/sample-tree.ts';
import { makeTreeArchive } from '../../archive/samples/tree-archive.ts';
import type { Campaign, CaseReport } from '../../campaign/campaign.ts';
import { newKeys } from '../writer/archive.ts';
import { keyFileText } from '../writer/key-file.ts';
import { type Tried, tryConfig, tryKeyFile, tryRequest } from './bad-input.ts';
import { FlippedArchives, type SoundArchive } from './flipped-archives.ts';
import type { Random } from './random.ts';

const FLIPS_PER_CASE = 100;

const golden = (): SoundArchive[] => {
  const folder = join(import.meta.dirname, '../../fixtures/archive-v1');
  const { verifyKey, identities, passphrase }: Record<string, never> = JSON.parse(
    readFileSync(join(folder, 'golden.json'), 'utf8'),
  );
  const keys: string[] = Object.values(identities ?? {});
  return ['key', 'run-on', 'passphrase', 'hsm', 'post-quantum'].map((name) => ({
    bytes: readFileSync(join(folder, `${name}.hfa`)),
    verifyKey: String(verifyKey),
    open: name === 'passphrase' ? { passphrase: String(passphrase) } : { identities: keys },
  }));
};

/** Archives of this version by one signer, so that pieces of one fit into another. */
const newArchives = async (): Promise<SoundArchive[]> => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-flips-'));
  try {
    const root = join(folder, 'tree');
    makeSampleTree(root);
    const backupKey = await generateBackupKey({ postQuantum: false });
    const { signingKey, verifyKey } = generateSigningKey();
    const common = {
      root,
      encryption: { mode: 'key', keyId: 'key-1' },
      signer: { verifyKey, sign: async (message: Uint8Array) => signBytes(message, signingKey) },
      seal: (identity: string) => sealArchiveKey(identity, { recipients: [backupKey.recipient] }),
    } as const;
    const open = { identities: [backupKey.identity] };
    return [
      { bytes: await makeTreeArchive({ ...common, stream: patternOf(150_000, 'stream') }), verifyKey, open },
      { bytes: await makeTreeArchive({ ...common, stream: patternOf(150_001, 'other') }), verifyKey, open },
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

const keyFiles = async (): Promise<Buffer[]> => {
  const made = [await newKeys(), await newKeys()];
  // No test opens these key files, so they state the cost of scrypt without paying it.
  const cost = { logN: 4, said: '18' } as const;
  return made.map(({ backup, signer }) =>
    keyFileText({ key: backup, verifyKey: signer.verifyKey, password: 'correct horse battery' }, { cost }),
  );
};

export const campaign: Campaign = {
  name: 'flips',
  tries: `${FLIPS_PER_CASE} a case: archives, key files, configurations and requests with something changed in them`,
  module: import.meta.url,
  // One seed is therefore 100,000 changed files and inputs.
  casesPerSeed: 100_000 / FLIPS_PER_CASE,
  share: 2,
  // When the cost of a passphrase was changed, scrypt takes up to 256 MiB, as for a key file.
  limits: { megabytes: 300 + 270, blockedMs: 200, seconds: 60 },
  prepare: async () => {
    const pool = new SegmentPool({ size: 1 });
    const archives = await FlippedArchives.of([...golden(), ...(await newArchives())], pool);
    const sound = await keyFiles();
    const ways: readonly ((random: Random) => Tried | Promise<Tried>)[] = [
      ...Array(11).fill((random: Random) => archives.tryChanged(random)),
      ...Array(4).fill((random: Random) => archives.tryChanging(random)),
      ...Array(2).fill((random: Random) => archives.trySealed(random)),
      (random) => tryKeyFile(random, sound),
      tryConfig,
      tryRequest,
    ];
    return {
      run: async (random): Promise<CaseReport> => ({
        bends: [`${FLIPS_PER_CASE} flips`],
        judge: async () => {
          const tries: Record<string, number> = {};
          const faults: string[] = [];
          for (let count = 0; count < FLIPS_PER_CASE; count += 1) {
            const tried = await random.pick(ways)(random);
            tries[tried.ended] = (tries[tried.ended] ?? 0) + 1;
            faults.push(...tried.faults);
          }
          return { ended: faults.length === 0 ? 'as it should' : 'wrong', tries, faults };
        },
      }),
      [Symbol.asyncDispose]: async () => {
        archives[Symbol.dispose]();
        await pool.close();
      },
    };
  },
};
