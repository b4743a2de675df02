import type { Command } from 'commander';
import * as schedules from '../../../client/calls/schedules.ts';
import { scheduleReport } from '../../reports/schedule-report.ts';
import type { Session } from '../../session.ts';

export const define = (command: Command, session: Session): void => {
  command.argument('<id>', 'the schedule').action(async (id: string) => {
    const client = await session.client();
    const schedule = await client.ask(schedules.pause(id));
    await session.output.result(schedule.raw, () => scheduleReport(schedule));
  });
};
