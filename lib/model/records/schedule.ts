/** What is remembered of schedules. */
import * as z from 'zod';
import { instant } from './fields.ts';

/** When a schedule last fired, so that a restart neither repeats nor forgets. */
export const scheduleStateSchema = z.object({
  id: z.string(),
  lastFiredAt: instant,
  /** The due time whose run waits for another operation to end; absent: none waits. */
  waitingFor: instant.optional(),
});
export type ScheduleState = z.infer<typeof scheduleStateSchema>;
