import { setFlagsFromString } from 'node:v8';

/**
 * Keeps the young generation of this process's heap small: for programs, at their start. V8 lets it grow whenever much
 * of it survives, up to a hundred megabytes, and a walk through a million files makes it do so; a small one is collected
 * more often, which costs less than a twentieth of a backup's time (`docs/performance.md`).
 */
export const keepYoungGenerationSmall = (): void => {
  // The size in MiB that threads begin with: their largest, since the setting below applies to them, too.
  setFlagsFromString('--min-semi-space-size=4');
  setFlagsFromString('--semi-space-growth-factor=1');
};
