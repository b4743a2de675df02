/** Scenario: a directory backed up from nothing and restored into memory, the contestants taking turns. */
import { execFileSync } from 'node:child_process';
import { existsSync, lstatSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Contestant } from './contestants.ts';
import type { Input } from './inputs.ts';
import { type Measured, measure, median } from './measure.ts';

interface Result {
  readonly input: string;
  readonly contestant: string;
  readonly sourceBytes: number;
  readonly files: number;
  storedBytes: number;
  readonly backup: Omit<Measured, 'output'>[];
  readonly restore: Omit<Measured, 'output'>[];
  /** The engine's own times of its parts, in seconds, from the last round. */
  parts?: {
    readonly captureSeconds: number;
    readonly sealSeconds: number;
    readonly verifySeconds: number;
  };
}
export type DirectoryResult = Readonly<Result>;

const noResult = (input: Input, { name }: Contestant): Result => ({
  input: input.name,
  contestant: name,
  sourceBytes: input.bytes,
  files: input.files,
  storedBytes: 0,
  backup: [],
  restore: [],
});

const weight = (folder: string): number =>
  readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + lstatSync(join(entry.parentPath, entry.name)).size, 0);

const withoutOutput = ({ output: _, ...rest }: Measured): Omit<Measured, 'output'> => rest;

/** Lets the disk finish earlier writes: they would slow the next contestant. */
const settle = (): void => {
  execFileSync('sync');
};

/**
 * Reads all files into memory: borg drops those that it has read from the cache, which would slow the next contestant.
 */
export const warm = (path: string): void => {
  measure(`tar -C '${path}' -cf - . | cat > /dev/null`);
};

export const benchDirectory = (
  input: Input,
  contestants: readonly Contestant[],
  { rounds }: { readonly rounds: number },
): readonly DirectoryResult[] => {
  const memory = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
  const results = contestants.map((contestant) => noResult(input, contestant));
  const turn = (contestant: Contestant, result: Result): void => {
    // In memory if there is room, so that neither the disk nor the writes of the contestant before decide.
    const place = join(memory, `holdfast-bench-place-${process.pid}`);
    const target = mkdtempSync(join(memory, 'holdfast-bench-'));
    const env = contestant.env ?? {};
    try {
      contestant.prepare(place);
      warm(input.path);
      settle();
      const backup = measure(contestant.backup(input.path, place), env);
      result.backup.push(withoutOutput(backup));
      result.storedBytes = weight(place);
      settle();
      result.restore.push(withoutOutput(measure(contestant.restore(place, target), env)));
      if (contestant.verify === undefined) return;
      const verified = measure(contestant.verify(place), env);
      result.parts = { ...JSON.parse(backup.output), ...JSON.parse(verified.output) };
    } finally {
      rmSync(target, { recursive: true, force: true });
      rmSync(place, { recursive: true, force: true });
    }
  };
  // A first round is not counted: it would pay for memory that this machine has not used before.
  for (const contestant of contestants.slice(0, 2)) turn(contestant, noResult(input, contestant));
  for (let round = 0; round < rounds; round += 1)
    for (const [index, contestant] of contestants.entries()) {
      const result = results[index];
      if (result !== undefined) turn(contestant, result);
    }
  return results;
};

export const rate = (result: DirectoryResult, way: 'backup' | 'restore'): number =>
  result.sourceBytes / 1e6 / median(result[way].map(({ seconds }) => seconds));
export const peak = (result: DirectoryResult, way: 'backup' | 'restore'): number =>
  Math.max(...result[way].map(({ peakMegabytes }) => peakMegabytes));
export const cpu = (result: DirectoryResult, way: 'backup' | 'restore'): number =>
  median(result[way].map(({ cpuSeconds }) => cpuSeconds));
