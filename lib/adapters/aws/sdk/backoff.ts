import { setTimeout as pause } from 'node:timers/promises';

/** Waits before attempt `attempt` (from 1) of something contended: doubling, at most two seconds, with full jitter. */
export const backOff = (attempt: number): Promise<void> =>
  pause(Math.random() * Math.min(2_000, 20 * 2 ** attempt));
