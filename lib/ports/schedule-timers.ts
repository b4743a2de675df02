/** Calls schedules at their times: EventBridge Scheduler, or the process itself. */

/** One time of a schedule. */
export interface Timer {
  readonly scheduleId: string;
  readonly at: Date;
}

export interface ScheduleTimers {
  /** How far ahead timers are set, in milliseconds; every sweep sets them again, well before this time is over. */
  readonly ahead: number;
  /**
   * Has each schedule called at its time, at least once; setting a timer twice is the same as once. The called code
   * checks whether the schedule still wants the run, since a timer may outlive a change.
   *
   * @throws `unavailable`
   */
  set(timers: readonly Timer[]): Promise<void>;
  /** Removes timers; ignores those that were not set. @throws `unavailable` */
  unset(timers: readonly Timer[]): Promise<void>;
}
