import { describe, expect, test } from '@jest/globals';
import { idle } from '../acceptance/host.ts';
import type { DeployedHost } from './installation/deployed-host.ts';

/** The clock of the account itself. The last of all: from then on a backup begins every minute. */
export const describeScheduler = (here: () => DeployedHost): void => {
  describe('EventBridge Scheduler [K7]', () => {
    test('fires a schedule', async () => {
      const host = here();
      await idle(host);
      await host.deployed.enableSchedules();
      const listed = await host.api.until('/v1/backups?label=often', ({ total }) => total > 0, 100);
      expect(listed.resources[0]).toMatchObject({ scheduleId: 'often', createdBy: 'schedule often' });
    }, 180_000);
  });
};
