import type { Command } from 'commander';
import * as schedules from '../../../client/calls/schedules.ts';
import type { ScheduleView } from '../../../model/schedules/schedule-view.ts';
import { usageFailure } from '../../failure.ts';
import { type ApprovalOptions, addApproval } from '../../options/approval-options.ts';
import { scheduleReport } from '../../reports/schedule-report.ts';
import type { Answer } from '../../requests/answer.ts';
import { addScheduleOptions, type ScheduleOptions, scheduleFields } from '../../requests/schedule-request.ts';
import type { Session } from '../../session.ts';

export const define = (command: Command, session: Session): void => {
  addScheduleOptions(addApproval(command).argument('<id>', 'the schedule'))
    .option('--no-ping', 'from now on, call no address after its runs')
    .action(
      async (
        id: string,
        { ping, ...options }: ScheduleOptions & ApprovalOptions & { readonly ping?: boolean },
      ) => {
        const changes = {
          ...(await scheduleFields(session, options)),
          ...(ping === false && { ping: null }),
        };
        if (Object.keys(changes).length === 0) throw usageFailure('say what is to change, such as --cron');
        const client = await session.client();
        const read = await client.ask(schedules.show(id));
        const schedule = await client.ask(schedules.replace(id, { ...saidOf(read), ...changes }, options));
        await session.output.result(schedule.raw, () => scheduleReport(schedule));
      },
    );
};

const SAID = [
  ...['cron', 'timeZone', 'startAt', 'endAt', 'jitterMinutes', 'label', 'description', 'scope', 'domain'],
  ...['components', 'keyId', 'verification', 'catchUp', 'waitMinutes', 'version', 'retention'],
];

/** The present settings of the schedule, to be sent again. */
const saidOf = ({ raw }: Answer<ScheduleView>): Record<string, unknown> => ({
  ...Object.fromEntries(
    SAID.filter((name) => raw[name] !== undefined && raw[name] !== null).map((name) => [name, raw[name]]),
  ),
  enabled: raw.state !== 'paused',
});
