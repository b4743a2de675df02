/** Kills a real server at random moments of everything it does. */
import { mkdirSync, writeFileSync } from 'node:fs';
import type { Campaign, CaseReport, Judgement } from '../../../campaign/campaign.ts';
import { Random } from '../../../hostile/fuzz/random.ts';
import { KilledInstallation, momentText, randomMoment, SOURCES } from './killed-installation.ts';
import { operations } from './killed-operations.ts';
import { leftIn } from './killed-restores.ts';

/** About the duration of an operation, so that some kills come after its end. */
const LONGEST_MILLISECONDS = 700;
const START_MILLISECONDS = 1_500;
const START_CALLS = 40;

const grow = (here: KilledInstallation): void => {
  const random = new Random(1, 1);
  for (const id of SOURCES) mkdirSync(here.path(id), { recursive: true });
  mkdirSync(here.path('files', 'below'));
  for (let number = 0; number < 30; number += 1)
    writeFileSync(here.path('files', `f${number}`), random.content(random.pick([0, 10, 5_000])));
  // Content that does not compress takes longer.
  for (let number = 0; number < 3; number += 1)
    writeFileSync(here.path('files', 'below', `large${number}`), random.bytes(400_000));
  writeFileSync(here.path('notes', 'note'), 'as it was');
};

export const campaign: Campaign = {
  name: 'kills',
  tries:
    'a server killed at a random moment, or at the Nth call that writes, of all that it does, its start too; then started again and looked at',
  module: import.meta.url,
  // Ten seeds therefore make at least 1,000 kills; in some cases a start is killed as well.
  casesPerSeed: 100,
  share: 4,
  limits: { megabytes: 300, blockedMs: 2_000, seconds: 60, waitSeconds: 180 },
  prepare: async () => {
    const here = await KilledInstallation.start();
    grow(here);
    await here.backup();
    return {
      run: async (random): Promise<CaseReport> => {
        const name = random.pick(Object.keys(operations));
        const { calls = 1, prepare } = operations[name] ?? {};
        const moment = randomMoment(random, calls, LONGEST_MILLISECONDS);
        const starts = name === 'start' ? 1 + random.below(3) : random.chance(5) ? 1 : 0;
        const killedStarts = Array.from({ length: starts }, () =>
          randomMoment(random, START_CALLS, START_MILLISECONDS),
        );
        return {
          bends: [
            ...(name === 'start' ? [] : [`${name}, ${momentText(moment)}`]),
            ...killedStarts.map((one) => `its start, ${momentText(one)}`),
          ],
          judge: async (): Promise<Judgement> => {
            const prepared = await prepare?.(here, random);
            const answer = await here.killDuring(moment, async () => prepared?.work());
            await here.startAgain(killedStarts);
            const verdict = await prepared?.judge(answer);
            const faults = [
              ...(verdict?.faults ?? []),
              ...(await here.faults()),
              ...[...SOURCES, 'elsewhere'].flatMap((one) => leftIn(here.path(one))),
              ...(await here.nextFaults()),
              ...(await here.tidy()),
            ];
            const ended = `${name}: ${verdict?.ended}`;
            return {
              ended,
              tries: { [ended]: 1, ...(starts > 0 ? { 'start: killed': starts } : {}) },
              faults,
            };
          },
        };
      },
      [Symbol.asyncDispose]: () => here.close(),
    };
  },
};
