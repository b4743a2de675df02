/**
 * Random trees restored while the file system fails at any call: each entry is as in the archive, or named; what was there
 * is not lost; what is counted is true. More of them: `faulty-restores-program.ts SEED 10000`, run as below.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { testSeed } from '../random-pieces.ts';

const pathOf = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const CASES = 60;

test('whatever call fails, the outcome of a restore is true [B7] [B8]', () => {
  const seed = testSeed();
  console.log(`faulty-restores: SEED=${seed}`);
  const program = ['--import', pathOf('./faulty-files.js'), pathOf('./faulty-restores-program.ts')];
  const args = ['--disable-warning=ExperimentalWarning', ...program, String(seed), String(CASES)];
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  expect(stderr).toBe('');
  const lines = stdout.trim().split('\n');
  const counts = JSON.parse(lines.pop() ?? '{}');
  expect(lines).toEqual([]);
  expect(counts).toMatchObject({ wrong: 0 });
  expect(counts.restored + counts.named + counts.failed).toBe(CASES);
  // It would be no test if nothing failed.
  expect(counts.named).toBeGreaterThan(5);
}, 180_000);
