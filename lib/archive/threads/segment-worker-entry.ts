/**
 * Where the segment workers' program is: beside this one, with its ending. TypeScript in a checkout, JavaScript when
 * built, and `segment-worker.mjs` where a bundler has made one file of the rest and another of `segment-worker.ts`.
 */
export const segmentWorkerEntry = (): URL =>
  new URL(`./segment-worker${import.meta.url.slice(import.meta.url.lastIndexOf('.'))}`, import.meta.url);
