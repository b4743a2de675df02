import type { Command } from 'commander';
import type { TokenView } from '../../../model/records/access.ts';
import { tokenReport } from '../../reports/token-report.ts';
import { findId } from '../../requests/find-id.ts';
import type { Session } from '../../session.ts';

export const define = (command: Command, session: Session): void => {
  command.argument('<id>', 'the token').action(async (given: string) => {
    const id = await findId(session, 'tokens', given);
    const client = await session.client();
    const token = await client.get<TokenView>(`/v1/tokens/${encodeURIComponent(id)}`);
    await session.output.result(token.raw, () => tokenReport(token));
  });
};
