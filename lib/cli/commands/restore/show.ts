import type { Command } from 'commander';
import type { RestoreRecord } from '../../../model/records/restore.ts';
import { restoreReport } from '../../reports/restore-report.ts';
import { findId } from '../../requests/find-id.ts';
import type { Session } from '../../session.ts';

export const define = (command: Command, session: Session): void => {
  command.argument('<id>', 'the restore').action(async (given: string) => {
    const id = await findId(session, 'restores', given);
    const client = await session.client();
    const restore = await client.get<RestoreRecord>(`/v1/restores/${encodeURIComponent(id)}`);
    await session.output.result(restore.raw, () => restoreReport(restore));
  });
};
