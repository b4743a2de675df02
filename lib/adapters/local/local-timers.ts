import type { ScheduleTimers } from '../../ports/schedule-timers.ts';

/** The scheduler of this very process keeps the times: whatever is set, it looks at all schedules anew. */
export class LocalTimers implements ScheduleTimers {
  readonly ahead = 0;
  #wake: () => void = () => undefined;

  /** The scheduler, once there is one. */
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
