/** Scenario: a directory backed up from nothing and restored into memory, the contestants taking turns. */
import { execFileSync } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Contestant, ENGINE_NAME } from './contestants.ts';
import type { Input } from './inputs.ts';
import { type Measured, measure, median } from './measure.ts';

export interface DirectoryResult {
  readonly input: string;
  readonly contestant: string;
  readonly sourceBytes: number;
  readonly files: number;
  readonly storedBytes: number;
  readonly backup: readonly Omit<Measured, 'output'>[];
  readonly restore: readonly Omit<Measured, 'output'>[];
  /** What the engine says of its own parts, in seconds; the last round. */
  readonly parts?: {
    readonly captureSeconds: number;
    readonly sealSeconds: number;
    readonly verifySeconds: number;
  };
}

const weight = (folder: string): number =>
  readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + lstatSync(join(entry.parentPath, entry.name)).size, 0);

const withoutOutput = ({ output: _, ...rest }: Measured): Omit<Measured, 'output'> => rest;

/** Lets the disk finish what it was given before: it would be charged to whoever is measured next. */
const settle = (): void => {
  execFileSync('sync');
};

export const benchDirectory = (
  input: Input,
  contestants: readonly Contestant[],
  { rounds }: { readonly rounds: number },
): readonly DirectoryResult[] => {
  const memory = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
  const results = contestants.map((contestant) => ({
    input: input.name,
    contestant: contestant.name,
    sourceBytes: input.bytes,
    files: input.files,
    storedBytes: 0,
    backup: [] as Omit<Measured, 'output'>[],
    restore: [] as Omit<Measured, 'output'>[],
    parts: { captureSeconds: 0, sealSeconds: 0, verifySeconds: 0 },
  }));
  // Once, so that the first contestant does not pay for a cold cache.
  measure(`tar -C '${input.path}' -cf - . | cat > /dev/null`);
  for (let round = 0; round < rounds; round += 1) {
    for (const [index, contestant] of contestants.entries()) {
      const result = results[index];
      if (result === undefined) continue;
      // In memory where there is room, so that no disk decides, nor what the one before left it to write.
      const place = join(memory, `holdfast-bench-place-${process.pid}`);
      const target = mkdtempSync(join(memory, 'holdfast-bench-'));
      try {
        contestant.prepare(place);
        settle();
        const env = contestant.env ?? {};
        const backup = measure(contestant.backup(input.path, place), env);
        result.backup.push(withoutOutput(backup));
        result.storedBytes = weight(place);
        mkdirSync(target, { recursive: true });
        settle();
        result.restore.push(withoutOutput(measure(contestant.restore(place, target), env)));
        if (contestant.name === ENGINE_NAME) {
          const verified = measure(
            `'${process.execPath}' bench/engine.ts verify '${join(place, 'archive')}'`,
          );
          result.parts = { ...JSON.parse(backup.output), ...JSON.parse(verified.output) };
        }
      } finally {
        rmSync(target, { recursive: true, force: true });
        rmSync(place, { recursive: true, force: true });
      }
    }
  }
  return results.map(({ parts, ...result }) =>
    result.contestant === ENGINE_NAME ? { ...result, parts } : result,
  );
};

export const rate = (result: DirectoryResult, way: 'backup' | 'restore'): number =>
  result.sourceBytes / 1e6 / median(result[way].map(({ seconds }) => seconds));
export const peak = (result: DirectoryResult, way: 'backup' | 'restore'): number =>
  Math.max(...result[way].map(({ peakMegabytes }) => peakMegabytes));
export const cpu = (result: DirectoryResult, way: 'backup' | 'restore'): number =>
  median(result[way].map(({ cpuSeconds }) => cpuSeconds));
