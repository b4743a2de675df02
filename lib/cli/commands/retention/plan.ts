import type { Command } from 'commander';
import * as schedules from '../../../client/calls/schedules.ts';
import type { RetentionPlan } from '../../../model/retention/plan-view.ts';
import type { RetentionPolicy } from '../../../model/retention/policy.ts';
import { addRetentionOptions } from '../../options/retention-options.ts';
import { addPaging, type PagingOptions, pageQuery, tellRest } from '../../paging.ts';
import type { Answer } from '../../requests/answer.ts';
import type { Session } from '../../session.ts';
import { countOf, formatBytes } from '../../terminal/quantities.ts';
import { shownTime } from '../../terminal/shown-time.ts';
import { tableLines } from '../../terminal/table.ts';
import { visible } from '../../terminal/visible-text.ts';

interface PlanOptions extends PagingOptions, RetentionPolicy {
  readonly schedule?: string;
  readonly label?: string;
}

export const define = (command: Command, session: Session): void => {
  addRetentionOptions(addPaging(command))
    .option('--schedule <id>', 'for the backups of this schedule')
    .option('--label <label>', 'for the backups of this label')
    .option('--time-zone <zone>', 'the time zone in which days begin, such as Europe/Berlin')
    .action(async ({ schedule, label, skip, limit, ...rules }: PlanOptions) => {
      const client = await session.client();
      const of = {
        schedule,
        label,
        ...pageQuery({ ...(skip !== undefined && { skip }), ...(limit !== undefined && { limit }) }),
      };
      const plan =
        Object.keys(rules).length === 0
          ? await client.ask(schedules.retentionPlan(of))
          : await client.ask(schedules.retentionPlanBy({ ...of, policy: rules }));
      await session.output.result(plan.raw, () => planLines(plan));
      tellRest(session.output, plan, 'backup');
      session.output.note(
        `${countOf(plan.count('kept'), 'backup')} kept, ${plan.count('removed')} removed (${formatBytes(plan.count('removedBytes'))}); days begin in ${visible(plan.text('timeZone'))}. Nothing was changed.`,
      );
    });
};

const planLines = (plan: Answer<RetentionPlan>): string[] => {
  const backups = plan.list('resources');
  if (backups.length === 0) return [];
  return tableLines(
    [{ title: 'ID' }, { title: 'CAME' }, { title: 'SIZE', align: 'right' }, { title: 'WHY' }],
    backups.map((backup) => [
      visible(backup.text('backupId')),
      shownTime(backup.text('committedAt')),
      backup.count('archiveBytes') > 0 ? formatBytes(backup.count('archiveBytes')) : '-',
      backup.texts('reasons').map(visible).join('; '),
    ]),
  );
};
