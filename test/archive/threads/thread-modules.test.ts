/**
 * Modules that a segment thread loads for a job: every thread of every backup and restore loads them again.
 */
import { expect, test } from '@jest/globals';
import { buildSync, type Metafile } from 'esbuild';
import { esbuildOptions, segmentWorkerEntry } from '../../../bin/bundles.ts';
import { packageRoot } from '../../../lib/infra/packaged.ts';

const { metafile } = buildSync({
  ...esbuildOptions,
  absWorkingDir: packageRoot,
  entryPoints: [segmentWorkerEntry],
  write: false,
  metafile: true,
});

/** All modules that loading a file loads at once, without those that it imports only when needed. */
const loadedWith = (
  file: string,
  inputs: Metafile['inputs'],
  found = new Set<string>(),
): ReadonlySet<string> => {
  if (found.has(file)) return found;
  found.add(file);
  for (const { path, kind } of inputs[file]?.imports ?? [])
    if (kind === 'import-statement') loadedWith(path, inputs, found);
  return found;
};

test.each([
  ['itself', 'segment-worker.ts'],
  ['to list contents', 'reading/list-contents.ts'],
  ['to extract a segment', 'reading/extract-segment.ts'],
  ['to make links and to finish folders', 'reading/links-and-folders.ts'],
  ['to verify a segment', 'reading/verify-segment.ts'],
])('a thread loads no schema library %s', (_, file) => {
  const loaded = loadedWith(`lib/archive/threads/${file}`, metafile.inputs);
  expect(loaded.size).toBeGreaterThan(3);
  expect([...loaded].filter((path) => path.includes('node_modules/zod'))).toEqual([]);
});
