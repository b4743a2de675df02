import { describe, expect, test } from '@jest/globals';
import { type AcceptanceHost, idle } from './host.ts';

/** The schedule `nightly`, of all components, with the label `nightly`. */
export const describeSchedules = (here: () => AcceptanceHost): void => {
  describe('schedules [K7]', () => {
    test('one time starts one backup, however often it is told', async () => {
      const host = here();
      const { api } = host;
      await idle(host);
      const at = new Date().toISOString();
      await Promise.all([host.fire(at), host.fire(at)]);
      const listed = await api.until('/v1/backups?label=nightly', ({ total }) => total > 0);
      expect(listed.total).toBe(1);
      expect(await api.ended(`/v1/backups/${listed.resources[0].id}`, host.seconds)).toMatchObject({
        state: 'SUCCESS',
        scheduleId: 'nightly',
      });
    });

    test('one that finds the lock held is recorded as failed, and names the other [U2]', async () => {
      const host = here();
      const { api, long } = host;
      await idle(host);
      const { body } = await api.post('/v1/backups', { ...long, label: 'holder' });
      await host.fire(new Date().toISOString());
      const { body: listed } = await api.get('/v1/backups?label=nightly');
      expect(listed.resources[0]).toMatchObject({
        state: 'FAILED',
        shortError: `another backup is running: ${body.id}`,
      });
      await api.post(`/v1/operations/${body.id}/cancel`);
      await api.ended(`/v1/backups/${body.id}`, host.seconds);
    });
  });
};
