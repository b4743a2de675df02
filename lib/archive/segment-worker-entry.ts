/**
 * Where the segment workers' program is. A bundler that bundles `segment-pool.ts` builds `segment-worker.ts` as a
 * second entry point and puts it beside the bundle as `segment-worker.mjs`.
 */
export const segmentWorkerEntry = (): URL =>
  new URL(import.meta.url.endsWith('.ts') ? './segment-worker.ts' : './segment-worker.mjs', import.meta.url);
