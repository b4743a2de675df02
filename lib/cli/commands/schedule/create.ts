import type { Command } from 'commander';
import * as schedules from '../../../client/calls/schedules.ts';
import { usageFailure } from '../../failure.ts';
import { type ApprovalOptions, addApproval } from '../../options/approval-options.ts';
import { scheduleReport } from '../../reports/schedule-report.ts';
import { addScheduleOptions, type ScheduleOptions, scheduleFields } from '../../requests/schedule-request.ts';
import type { Session } from '../../session.ts';

export const define = (command: Command, session: Session): void => {
  addScheduleOptions(addApproval(command).argument('<id>', 'the id of the new schedule: a-z 0-9 _ -'))
    .option('--paused', 'create it paused: not due until it is resumed')
    .action(
      async (
        id: string,
        { paused, ...options }: ScheduleOptions & ApprovalOptions & { readonly paused?: true },
      ) => {
        if (options.cron === undefined) throw usageFailure('say when it is due: --cron "0 3 * * *"');
        const client = await session.client();
        const schedule = await client.ask(
          schedules.create(
            {
              id,
              ...(await scheduleFields(session, options)),
              ...(paused === true && { enabled: false }),
            },
            options,
          ),
        );
        await session.output.result(schedule.raw, () => scheduleReport(schedule));
      },
    );
};
