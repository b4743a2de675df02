import type { ScheduleTimers } from '../../ports/schedule-timers.ts';

/** This process's own scheduler keeps the times: when a timer is set, it looks at all schedules anew. */
export class LocalTimers implements ScheduleTimers {
  readonly ahead = 0;
  #wake: () => void = () => undefined;

  /** Sets what wakes the scheduler, once it exists. */
  onSet(wake: () => void): void {
    this.#wake = wake;
  }

  async set(): Promise<void> {
    this.#wake();
  }

  async unset(): Promise<void> {
    this.#wake();
  }
}
