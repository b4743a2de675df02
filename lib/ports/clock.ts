/** The time, as a port so that tests can change it. */
export interface Clock {
  now(): Date;
}
export const systemClock: Clock = { now: () => new Date() };

/** An instant as records write it. */
export const timestamp = (clock: Clock): string => clock.now().toISOString();
