import type { Command } from 'commander';
import * as access from '../../../client/calls/access.ts';
import { domainReport } from '../../reports/domain-report.ts';
import type { Session } from '../../session.ts';

export const define = (command: Command, session: Session): void => {
  command.argument('<name>', 'the domain').action(async (name: string) => {
    const client = await session.client();
    const domain = await client.ask(access.domain(name));
    await session.output.result(domain.raw, () => domainReport(domain));
  });
};
