/** What an installation must do on every host, tested over HTTP. */
import { describeBackups } from './backups/backups.ts';
import { describeChoices } from './backups/chosen.ts';
import { describeDomains } from './backups/domains.ts';
import { describeEndings } from './backups/endings.ts';
import { describeForeignArchives } from './backups/foreign-archives.ts';
import { describeKept } from './backups/kept.ts';
import { describeSchedules } from './backups/schedules.ts';
import { describeTransfers } from './backups/transfers.ts';
import { describeTriggers } from './backups/triggers.ts';
import type { AcceptanceHost } from './host.ts';
import { describeCommandLine } from './ways-in/command-line.ts';
import { describeGateway } from './ways-in/gateway.ts';
import { describeMonitoring } from './ways-in/monitoring.ts';
import { describePage } from './ways-in/page.ts';
import { describeRequests } from './ways-in/requests.ts';
import { describeSecondSecret } from './ways-in/second-secret.ts';

/**
 * @param host called once the host is up. The tests depend on their order: later tests use what earlier ones
 * made.
 */
export const describeAcceptance = (host: () => AcceptanceHost): void => {
  describeGateway(host);
  describeRequests(host);
  describeBackups(host);
  describeChoices(host);
  describeDomains(host);
  describeForeignArchives(host);
  describeTransfers(host);
  describeEndings(host);
  describeTriggers(host);
  describeSchedules(host);
  describePage(host);
  describeCommandLine(host);
  describeMonitoring(host);
  describeKept(host);
  describeSecondSecret(host);
};
