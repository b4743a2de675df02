/** Kills at random moments; the same SEED gives the same moments. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { randomFrom, testSeed } from '../../random-pieces.ts';
import type { Installation } from '../installation.ts';

export const ROUNDS = Number(process.env.HOLDFAST_CRASH_ROUNDS ?? 6);

const seed = testSeed();
const random = randomFrom(seed);

/** Prints how to repeat these kills. */
export const tellSeed = (what: string): void =>
  console.info(`${what}: SEED=${seed} HOLDFAST_CRASH_ROUNDS=${ROUNDS}`);

/** Kills the server at a random moment of the next `milliseconds`, and starts it again. */
export const killWithin = async (here: Installation, milliseconds: number): Promise<void> => {
  await pause(random(Math.ceil(milliseconds)));
  await here.end('SIGKILL');
  await here.startServer();
};

/** Unfinished uploads in a place. */
export const stagedIn = (place: string): string[] => {
  const folder = join(place, '.holdfast-staging');
  return existsSync(folder) ? readdirSync(folder) : [];
};
