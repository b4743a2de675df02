import type { Command } from 'commander';
import * as backups from '../../../client/calls/backups.ts';
import type { BackupView } from '../../../model/records/backup.ts';
import { addPaging, type PagingOptions, pageQuery, tellRest } from '../../paging.ts';
import type { Answer } from '../../requests/answer.ts';
import type { Session } from '../../session.ts';
import { formatBytes } from '../../terminal/quantities.ts';
import { shownTime } from '../../terminal/shown-time.ts';
import { colouredState } from '../../terminal/state-colour.ts';
import { tableLines } from '../../terminal/table.ts';
import { visible } from '../../terminal/visible-text.ts';

/** Remarks that the state alone does not show. */
const notesOf = (backup: Answer<BackupView>): string => {
  if (backup.text('replacedBy') !== '') return ' (replaced)';
  if (backup.text('deleteAfter') !== '') return ` (deleted after ${backup.text('deleteAfter').slice(0, 10)})`;
  return backup.part('hold').text('by') === '' ? '' : ' (held)';
};

export const define = (command: Command, session: Session): void => {
  addPaging(command.argument('[label]', 'only backups of this label')).action(
    async (label: string | undefined, options: PagingOptions) => {
      const client = await session.client();
      const query = { ...pageQuery(options), label };
      const page = await client.ask(backups.list(query));
      await session.output.result(page.raw, () => {
        const backups = page.list('resources');
        if (backups.length === 0) return [];
        return tableLines(
          [
            { title: 'ID' },
            { title: 'CREATED' },
            { title: 'STATE' },
            { title: 'SIZE', align: 'right' },
            { title: 'DESCRIPTION' },
          ],
          backups.map((backup) => [
            visible(backup.text('id')),
            shownTime(backup.text('createdAt')),
            colouredState(backup.text('state')) + notesOf(backup),
            backup.count('archiveBytes') > 0 ? formatBytes(backup.count('archiveBytes')) : '-',
            visible(backup.text('description')),
          ]),
        );
      });
      tellRest(session.output, page, 'backup');
    },
  );
};
