/** Signed archives with random changes, taken through every operation on archives. */
import { SegmentPool } from '../../../lib/archive/threads/segment-pool.ts';
import type { Campaign, CaseReport } from '../../campaign/campaign.ts';
import { Jail } from '../jail.ts';
import { runStages, stages } from '../stages.ts';
import { newKeys } from '../writer/archive.ts';
import { faultsOf } from './judge.ts';
import { PASSPHRASE, randomArchive } from './random-archive.ts';

export const campaign: Campaign = {
  name: 'archives',
  tries:
    'signed archives with bends of every layer: inspected, opened, verified, listed, planned and restored',
  module: import.meta.url,
  casesPerSeed: 100,
  share: 6,
  limits: { megabytes: 300, blockedMs: 200, seconds: 20 },
  prepare: async () => {
    const keys = await newKeys();
    const pool = new SegmentPool({ size: 2 });
    return {
      run: async (random): Promise<CaseReport> => {
        const prepared = random.chance(4);
        const existing = prepared ? random.pick(['overwrite', 'skip', 'refuse'] as const) : 'overwrite';
        const compare = random.chance(4);
        const archive = randomArchive(random, keys);
        return {
          bends: [...archive.bends, ...(prepared ? [`over names that lead out, ${existing}`] : [])],
          bytes: archive.bytes,
          judge: async () => {
            using jail = new Jail();
            const passed = await runStages({
              bytes: archive.bytes,
              open: archive.passphrase ? { passphrase: PASSPHRASE } : { identities: [keys.backup.identity] },
              trust: (verifyKey) => verifyKey === keys.signer.verifyKey,
              jail,
              pool,
              prepared,
              existing,
            });
            const refused = stages.find((stage) => (passed.outcomes[stage] ?? 'ok') !== 'ok');
            return {
              ended: refused === undefined ? 'accepted' : `${refused}: ${passed.outcomes[refused]}`,
              faults: faultsOf({ archive, passed, jail, prepared, compare }),
            };
          },
        };
      },
      [Symbol.asyncDispose]: () => pool.close(),
    };
  },
};
