/** How a function's code is bundled: the construct and the size check say it once, here. */
import { fileURLToPath } from 'node:url';
import type { BuildOptions } from 'esbuild';
import type { DutyName } from './duties.ts';

/** The folder of package.json and the lock file. */
export const projectRoot = fileURLToPath(new URL('../..', import.meta.url));

export const entryOf = (duty: DutyName): string => `${projectRoot}lambdas/${duty}.ts`;

/** The program of the segment threads; beside a bundle it has this name. */
export const segmentWorkerEntry = `${projectRoot}lib/archive/segments/segment-worker.ts`;
export const SEGMENT_WORKER_FILE = 'segment-worker.mjs';

/** What CommonJS packages inside an ES module bundle expect to be there. */
const banner =
  "import { createRequire as holdfastRequire } from 'node:module'; const require = holdfastRequire(import.meta.url);";

export const esbuildSettings = {
  target: 'node24',
  mainFields: ['module', 'main'],
  banner,
} as const;

/** The same for esbuild's own interface. */
export const esbuildOptions = {
  bundle: true,
  platform: 'node',
  format: 'esm',
  minify: true,
  keepNames: true,
  target: esbuildSettings.target,
  mainFields: [...esbuildSettings.mainFields],
  banner: { js: esbuildSettings.banner },
} as const satisfies BuildOptions;

const quoted = (text: string): string => `"${text.replace(/["\\$`]/g, '\\$&')}"`;

/** A shell line that bundles the segment threads' program into a function's folder. */
export const bundleSegmentWorker = (outputFolder: string): string =>
  [
    quoted(`${projectRoot}node_modules/.bin/esbuild`),
    quoted(segmentWorkerEntry),
    '--bundle --platform=node --format=esm --minify --keep-names --log-level=warning',
    `--target=${esbuildSettings.target}`,
    `--main-fields=${esbuildSettings.mainFields.join(',')}`,
    `--banner:js=${quoted(banner)}`,
    `--outfile=${quoted(`${outputFolder}/${SEGMENT_WORKER_FILE}`)}`,
  ].join(' ');

/** A shell line that fails when a function's folder weighs more than it may. */
export const holdToBudget = (outputFolder: string, budgetKb: number): string =>
  `test "$(cat ${quoted(outputFolder)}/*.mjs | wc -c)" -le ${budgetKb * 1000} || { echo "the bundle in ${outputFolder} is heavier than its ${budgetKb} kB; see node bin/bundle-sizes.ts" >&2; exit 1; }`;
