import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { corpus, costly } from './corpus/corpus.ts';
import { known } from './corpus/known.ts';
import type { ShapeResult } from './corpus/run-corpus.ts';
import { expectedOf, type Shape } from './corpus/shape.ts';

const program = fileURLToPath(new URL('./corpus/run-corpus.ts', import.meta.url));
/** What one archive may take of the machine, whatever it says. */
const MEGABYTES = 300;
const BLOCKED_MILLISECONDS = 200;

/** What a process says of the shapes whose names hold these words. */
const run = async (words = ''): Promise<ReadonlyMap<string, ShapeResult>> => {
  const child = spawn(process.execPath, ['--expose-gc', program, ...(words === '' ? [] : [words])], {
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

const testOf = ({ name }: Shape): typeof test | typeof test.failing =>
  known.includes(name) ? test.failing : test;

const expectAsExpected = (shape: Shape, result: ShapeResult | undefined): void => {
  expect(result).toMatchObject({ outside: '', left: [], otherTree: '', outcomes: expectedOf(shape) });
  expect(result?.blockedMs).toBeLessThan(BLOCKED_MILLISECONDS);
};

test('each shape has a name of its own, and there are many', () => {
  const names = [...corpus, ...costly].map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(names.length).toBeGreaterThan(900);
  expect(known.filter((name) => !names.includes(name))).toEqual([]);
});

describe('a crafted archive [B8]', () => {
  let results: ReadonlyMap<string, ShapeResult>;
  beforeAll(async () => {
    results = await run();
  }, 1_200_000);

  for (const shape of corpus)
    testOf(shape)(shape.name, () => expectAsExpected(shape, results.get(shape.name)));
});

describe('an archive that costs far more to read than to make [B8]', () => {
  for (const shape of costly)
    testOf(shape)(
      shape.name,
      async () => {
        const result = (await run(shape.name)).get(shape.name);
        expectAsExpected(shape, result);
        expect(result?.peak).toBeLessThan(MEGABYTES);
      },
      120_000,
    );
});
