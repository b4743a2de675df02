/** The engine as functions of AWS have it: one file, and one for its threads, as their bundler makes them. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { esbuildOptions, SEGMENT_WORKER_FILE, segmentWorkerEntry } from '../lib/infra/bundling.ts';

const engine = fileURLToPath(new URL('./engine.ts', import.meta.url));

/** The path of the program that `engine.ts` is. */
export const bundleEngine = (folder: string): string => {
  const program = join(folder, 'engine.mjs');
  buildSync({ ...esbuildOptions, entryPoints: [engine], outfile: program });
  const threads = join(folder, SEGMENT_WORKER_FILE);
  buildSync({ ...esbuildOptions, entryPoints: [segmentWorkerEntry], outfile: threads });
  return program;
};
