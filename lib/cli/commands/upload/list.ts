import type { Command } from 'commander';
import * as uploads from '../../../client/calls/uploads.ts';
import { addPaging, type PagingOptions, pageQuery, tellRest } from '../../paging.ts';
import type { Session } from '../../session.ts';
import { formatBytes } from '../../terminal/quantities.ts';
import { shownTime } from '../../terminal/shown-time.ts';
import { tableLines } from '../../terminal/table.ts';
import { visible } from '../../terminal/visible-text.ts';

export const define = (command: Command, session: Session): void => {
  addPaging(command).action(async (options: PagingOptions) => {
    const client = await session.client();
    const page = await client.ask(uploads.list(pageQuery(options)));
    await session.output.result(page.raw, () => {
      const uploads = page.list('resources');
      if (uploads.length === 0) return ['no uploads are open'];
      return tableLines(
        [{ title: 'ID' }, { title: 'BYTES' }, { title: 'BEGUN' }, { title: 'BY' }, { title: 'KEPT UNTIL' }],
        uploads.map((upload) => [
          visible(upload.text('id')),
          formatBytes(upload.count('bytes')),
          shownTime(upload.text('createdAt')),
          visible(upload.text('createdBy')),
          shownTime(upload.text('expiresAt')),
        ]),
      );
    });
    tellRest(session.output, page, 'upload');
  });
};
