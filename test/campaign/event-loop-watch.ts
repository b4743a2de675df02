/**
 * Measures how long the main thread blocked the event loop: the most processor time it used between two ticks
 * of a short timer. It measures processor time, not elapsed time, because on a busy machine a tick comes late
 * although nothing blocked, and this must not raise an alarm.
 */
const BEAT_MILLISECONDS = 2;

export interface LongestBlock {
  /** Processor time of the main thread between two ticks. */
  readonly blockedMs: number;
  /** The same as elapsed time, for information only. */
  readonly lateMs: number;
}

export class EventLoopWatch {
  /** Starts watching; the returned function stops it and returns the longest block. */
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
