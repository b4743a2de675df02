/** The engine bundled as for the functions of AWS: a file for it, one for its threads, and what they share. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { segmentWorkerEntry, splitOptions } from '../bin/bundles.ts';

const engine = fileURLToPath(new URL('./engine.ts', import.meta.url));

/** The path of the program that `engine.ts` is. */
export const bundleEngine = (folder: string): string => {
  buildSync({ ...splitOptions, entryPoints: [engine, segmentWorkerEntry], outdir: folder });
  return join(folder, 'engine.mjs');
};
