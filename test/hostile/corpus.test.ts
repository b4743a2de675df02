import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { allShapes, corpus, costly } from './corpus/corpus.ts';
import type { ShapeResult } from './corpus/run-corpus.ts';
import { Random } from './fuzz/random.ts';

const program = fileURLToPath(new URL('./corpus/run-corpus.ts', import.meta.url));
const seed = Number(process.env.HOLDFAST_SEED ?? Math.floor(Math.random() * 2 ** 31));
console.log(`corpus: HOLDFAST_SEED=${seed}`);

/**
 * Runs the shapes of these names in a process, or without names all but the costly ones; returns the results.
 */
const run = async (...names: string[]): Promise<ReadonlyMap<string, ShapeResult>> => {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program, ...names], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const results = new Map<string, ShapeResult>();
  for await (const line of createInterface({ input: child.stdout })) {
    const result: ShapeResult = JSON.parse(line);
    results.set(result.name, result);
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  expect({ code: child.exitCode, signal: child.signalCode }).toEqual({ code: 0, signal: null });
  return results;
};

test('each shape has a name of its own, and there are many', () => {
  expect(new Set(allShapes.map(({ name }) => name)).size).toBe(allShapes.length);
  expect(allShapes.length).toBeGreaterThan(900);
});

describe('a crafted archive [B8]', () => {
  let results: ReadonlyMap<string, ShapeResult>;
  beforeAll(async () => {
    results = await run();
  }, 600_000);

  test.each(corpus.map(({ name }) => name))('%s', (name) => {
    expect(results.get(name)?.faults).toEqual([]);
  });
});

/**
 * Some of the costly shapes, which take seconds each. `npm run campaign -- --only 'costly shapes'` runs all
 * of them and measures their cost.
 */
const some = new Random(seed, 0).shuffled(costly.map(({ name }) => name)).slice(0, 3);

describe('an archive that costs far more to read than to make [B8]', () => {
  test.each(some)(
    '%s',
    async (name) => {
      expect((await run(name)).get(name)?.faults).toEqual([]);
    },
    300_000,
  );
});
