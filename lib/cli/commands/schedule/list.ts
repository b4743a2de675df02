import type { Command } from 'commander';
import * as schedules from '../../../client/calls/schedules.ts';
import { addPaging, type PagingOptions, pageQuery, tellRest } from '../../paging.ts';
import type { Session } from '../../session.ts';
import { tableLines } from '../../terminal/table.ts';
import { visible } from '../../terminal/visible-text.ts';

export const define = (command: Command, session: Session): void => {
  addPaging(command).action(async (paging: PagingOptions) => {
    const client = await session.client();
    const page = await client.ask(schedules.list(pageQuery(paging)));
    await session.output.result(page.raw, () => {
      const schedules = page.list('resources');
      if (schedules.length === 0) return [];
      return tableLines(
        ['ID', 'STATE', 'WHEN', 'ZONE', 'NEXT (IN ITS ZONE)', 'NEXT (UTC)', 'LABEL', 'MANAGED'].map(
          (title) => ({
            title,
          }),
        ),
        schedules.map((schedule) => {
          const [next] = schedule.list('nextRuns');
          return [
            schedule.text('id'),
            schedule.text('state'),
            schedule.text('cron'),
            schedule.text('timeZone'),
            next?.text('local') ?? '-',
            next?.text('at') ?? '-',
            schedule.text('label'),
            schedule.text('managed'),
          ].map(visible);
        }),
      );
    });
    tellRest(session.output, page, 'schedule');
  });
};
