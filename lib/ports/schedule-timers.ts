/** What calls schedules at their times: EventBridge Scheduler, or the process itself. */

/** One time of a schedule. */
export interface Timer {
  readonly scheduleId: string;
  readonly at: Date;
}

export interface ScheduleTimers {
  /** How far ahead timers are set; every sweep sets them anew, well before that has passed. Milliseconds. */
  readonly ahead: number;
  /**
   * Sees to it that each schedule is called at its time, at least once; setting one twice is setting it once. Whoever is
   * called asks whether the schedule still wants it: a timer may outlive that.
   *
   * @throws `unavailable`
   */
  set(timers: readonly Timer[]): Promise<void>;
  /** Takes timers back; those that were not set are none. @throws `unavailable` */
  unset(timers: readonly Timer[]): Promise<void>;
}
