import { setTimeout as pause } from 'node:timers/promises';

/**
 * Waits before attempt `attempt` (counted from 1) at something that others use at the same time: the wait doubles up to
 * two seconds, with full jitter.
 */
export const backOff = (attempt: number): Promise<void> =>
  pause(Math.random() * Math.min(2_000, 20 * 2 ** attempt));
