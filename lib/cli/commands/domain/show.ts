import type { Command } from 'commander';
import type { DomainView } from '../../../model/records/access.ts';
import { domainReport } from '../../reports/domain-report.ts';
import type { Session } from '../../session.ts';

export const define = (command: Command, session: Session): void => {
  command.argument('<name>', 'the domain').action(async (name: string) => {
    const client = await session.client();
    const domain = await client.get<DomainView>(`/v1/domains/${encodeURIComponent(name)}`);
    await session.output.result(domain.raw, () => domainReport(domain));
  });
};
