/**
 * How long the main thread kept everybody waiting: the most processor time that it used up between two beats of a
 * short timer. Processor time, and not the clock's: on a machine that has much else to do a beat comes late though
 * nothing was blocked, and such a machine is not to raise an alarm.
 */
const BEAT_MILLISECONDS = 2;

export interface LongestBlock {
  /** Processor time of the main thread without a beat. */
  readonly blockedMs: number;
  /** By the clock: for people. */
  readonly lateMs: number;
}

export class EventLoopWatch {
  /** Begins to watch; call what it gives to end it, and to be told the longest block since. */
  start(): () => LongestBlock {
    let blockedMs = 0;
    let lateMs = 0;
    let cpu = process.threadCpuUsage();
    let clock = performance.now();
    const beat = (): void => {
      const { user, system } = process.threadCpuUsage(cpu);
      const now = performance.now();
      blockedMs = Math.max(blockedMs, (user + system) / 1000);
      lateMs = Math.max(lateMs, now - clock);
      cpu = process.threadCpuUsage();
      clock = now;
    };
    const timer = setInterval(beat, BEAT_MILLISECONDS);
    timer.unref();
    return () => {
      clearInterval(timer);
      beat();
      return { blockedMs: Math.round(blockedMs), lateMs: Math.round(lateMs) };
    };
  }
}
