/**
 * A server whose host lacks something or has a fault; then the fault is removed and the server runs again.
 */

import { join } from 'node:path';
import type { Campaign, CaseReport, Judgement } from '../../../campaign/campaign.ts';
import { isSameTree, treeOf } from '../kills/killed-installation.ts';
import { ailments } from './ailments.ts';
import { StarvedInstallation, StarvedSession } from './starved-installation.ts';

/** The data folder appears twice more, because it can be in more states than there are other faults. */
const names = [...Object.keys(ailments), 'data folder', 'data folder'];

export const campaign: Campaign = {
  name: 'starved hosts',
  tries:
    'a server with a full disk, little memory, few descriptors, a wrong clock, a damaged catalog, hostile mail servers, or any state of its data folder; and again when all is well',
  module: import.meta.url,
  casesPerSeed: 99,
  share: 4,
  limits: { megabytes: 300, blockedMs: 2_000, seconds: 60, waitSeconds: 300 },
  prepare: async () => {
    const installation = await StarvedInstallation.make();
    const { folder, baseline } = installation;
    return {
      run: async (random, number): Promise<CaseReport> => {
        const name = names[number % names.length] ?? 'data folder';
        installation.setOut(folder);
        const ailing = await ailments[name]?.(installation, random);
        if (ailing === undefined)
          return {
            bends: [name],
            judge: async () => ({ ended: `${name}: may not be made here`, faults: [] }),
          };
        const { seen = folder, surroundings, mayLose = false } = ailing;
        return {
          bends: [`${name}: ${ailing.told}`],
          judge: async (): Promise<Judgement> => {
            try {
              const before = mayLose ? undefined : treeOf(join(seen, 'source'));
              const bad = new StarvedSession(installation, { ...ailing, seen });
              const how = await bad.run([baseline]);
              await ailing.cure(how);
              const { through = [] } = surroundings;
              // The disk is still mounted; other limits no longer apply.
              const good = new StarvedSession(installation, {
                surroundings: name === 'disk full' ? { through } : {},
                seen,
                mayBreak: mayLose,
              });
              const after = await good.run([baseline, ...bad.made]);
              const faults = [...bad.faults, ...good.faults.map((fault) => `when all is well: ${fault}`)];
              if (after !== 'started') faults.push(`when all is well the start is ${after}`);
              if (!mayLose && good.codes.length > 0)
                faults.push(`when all is well: ${good.codes.join(', ')}`);
              if (before !== undefined && !isSameTree(before, treeOf(join(seen, 'source'))))
                faults.push('the source was changed');
              const [first = how === 'started' ? 'all done' : ''] = bad.codes;
              return { ended: `${name}: ${how}${first === '' ? '' : `, ${first}`}`, faults };
            } finally {
              await ailing.end?.();
            }
          },
        };
      },
      [Symbol.asyncDispose]: async () => {
        installation[Symbol.dispose]();
      },
    };
  },
};
