import type { Command } from 'commander';
import * as keys from '../../../client/calls/keys.ts';
import { keyReport } from '../../reports/key-report.ts';
import { findId } from '../../requests/find-id.ts';
import type { Session } from '../../session.ts';

export const define = (command: Command, session: Session): void => {
  command.argument('<id>', 'the key').action(async (given: string) => {
    const id = await findId(session, 'keys', given);
    const client = await session.client();
    const key = await client.ask(keys.show(id));
    await session.output.result(key.raw, () => keyReport(key));
  });
};
