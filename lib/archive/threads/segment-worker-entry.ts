/**
 * Finds the segment workers' program: beside this file, with the same ending. TypeScript in a checkout, JavaScript when
 * built, and `segment-worker.mjs` where a bundler has made one file of `segment-worker.ts` and another of the rest.
 */
export const segmentWorkerEntry = (): URL =>
  new URL(`./segment-worker${import.meta.url.slice(import.meta.url.lastIndexOf('.'))}`, import.meta.url);
