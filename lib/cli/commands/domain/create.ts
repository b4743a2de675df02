import type { Command } from 'commander';
import type { DomainView } from '../../../model/records/access.ts';
import { domainReport } from '../../reports/domain-report.ts';
import type { Session } from '../../session.ts';

export const define = (command: Command, session: Session): void => {
  command.argument('<name>', 'a name of letters, digits, _ . and -').action(async (name: string) => {
    const client = await session.client();
    const domain = await client.post<DomainView>('/v1/domains', { body: { name } });
    await session.output.result(domain.raw, () => domainReport(domain));
  });
};
