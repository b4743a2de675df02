import { spawnSync } from 'node:child_process';
import { expect, test } from '@jest/globals';
import * as z from 'zod';

const url = new URL('../../../lib/model/errors.ts', import.meta.url).href;

/**
 * Script of a process that may open only few files: it tries each way to run out of descriptors, and prints
 * the results.
 */
const starved = `
  const { closeSync, openSync } = await import('node:fs');
  const { Worker } = await import('node:worker_threads');
  const { shortErrorOf, toHoldfastError } = await import('${url}');
  const told = [];
  const tell = (thrown) => told.push([toHoldfastError(thrown).code, shortErrorOf(thrown)]);
  const open = [];
  try { for (;;) open.push(openSync('/dev/null')); } catch (thrown) { tell(thrown); }
  const failed = new Promise((resolve) => new Worker('', { eval: true }).on('error', resolve));
  const cause = await failed;
  tell(new Error('a thread failed', { cause }));
  for (const one of open) closeSync(one);
  console.log(JSON.stringify(told));
`;

test('whoever is short of descriptors is told so, and what to do, whatever could not be opened [B15]', () => {
  const { stdout, stderr } = spawnSync(
    'prlimit',
    [
      '--nofile=60',
      process.execPath,
      '--disable-warning=ExperimentalWarning',
      '--input-type=module',
      '-e',
      starved,
    ],
    { encoding: 'utf8' },
  );
  expect(stderr).toBe('');
  const told = z.array(z.tuple([z.string(), z.string()])).parse(JSON.parse(stdout));
  expect(told).toHaveLength(2);
  for (const [code, sentence] of told) {
    expect(code).toBe('unavailable');
    expect(sentence).toMatch(/too many files are open.*raise its limit/);
  }
});
