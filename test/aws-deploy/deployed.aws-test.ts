/** One deployed installation, tested over HTTP, with all permissions enforced. */
import { afterAll, beforeAll, describe } from '@jest/globals';
import { describeAcceptance } from '../acceptance/suite.ts';
import { describeAccess } from './access.ts';
import { describeEvents } from './events.ts';
import { describeFailures } from './failures.ts';
import { DeployedHost } from './installation/deployed-host.ts';
import { type DeployedInstallation, deployInstallation } from './installation/deployed-installation.ts';
import { describeLimits } from './limits.ts';
import { describeNotices } from './notices.ts';
import { describeRights } from './rights.ts';
import { describeScheduler } from './scheduler.ts';
import { describeSmoke } from './smoke.ts';

let deployed: DeployedInstallation | undefined;
let made: DeployedHost | undefined;

beforeAll(async () => {
  deployed = await deployInstallation();
  made = new DeployedHost(deployed);
  await made.fillSources();
}, 600_000);

afterAll(async () => {
  await deployed?.stop();
});

const host = (): DeployedHost => {
  if (made === undefined) throw new Error('the installation is not deployed');
  return made;
};

describe('the acceptance suite on AWS [K1] [K3]', () => describeAcceptance(host));
describeRights(host);
describeAccess(host);
describeNotices(host);
describeEvents(host);
describeFailures(host);
describeLimits(host);
describeSmoke(host);
describeScheduler(host);
