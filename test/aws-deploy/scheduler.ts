import { describe, expect, test } from '@jest/globals';
import { idle } from '../acceptance/host.ts';
import type { DeployedHost } from './installation/deployed-host.ts';

/** EventBridge Scheduler as the clock. This runs last, because from here on a backup starts every minute. */
export const describeScheduler = (here: () => DeployedHost): void => {
  describe('EventBridge Scheduler [K7]', () => {
    test('fires the timer of a schedule that was made over the API', async () => {
      const { api } = here();
      await idle(here());
      const timed = { id: 'timed', cron: '* * * * *', label: 'timed', components: ['orders'] };
      expect((await api.post('/v1/schedules', timed)).status).toBe(201);
      // The backup starts earlier than the sweep would start one that no timer started.
      const listed = await api.until('/v1/backups?label=timed', ({ total }) => total > 0, 100);
      expect(listed.resources[0]).toMatchObject({ scheduleId: 'timed', createdBy: 'schedule timed' });
      expect((await api.call('DELETE', '/v1/schedules/timed')).status).toBe(204);
    }, 180_000);

    test('fires a schedule of the configuration', async () => {
      const host = here();
      await idle(host);
      await host.deployed.enableSchedules();
      const listed = await host.api.until('/v1/backups?label=often', ({ total }) => total > 0, 100);
      expect(listed.resources[0]).toMatchObject({ scheduleId: 'often', createdBy: 'schedule often' });
    }, 180_000);
  });
};
