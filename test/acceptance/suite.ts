/** What an installation must do on any host, asked over HTTP. */
import { describeBackups } from './backups.ts';
import { describeEndings } from './endings.ts';
import { describeGateway } from './gateway.ts';
import type { AcceptanceHost } from './host.ts';
import { describeSchedules } from './schedules.ts';

/** @param host asked once it is up, in the order of the tests. */
export const describeAcceptance = (host: () => AcceptanceHost): void => {
  describeGateway(host);
  describeBackups(host);
  describeEndings(host);
  describeSchedules(host);
};
