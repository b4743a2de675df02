import { describe, expect, test } from '@jest/globals';
import { put } from '../../../lib/ports/catalog/catalog.ts';
import { eventually } from '../../contract/eventually.ts';
import type { Answer } from '../api.ts';
import { type AcceptanceHost, idle } from '../host.ts';

const HOUR = 3_600_000;
const hoursFromNow = (hours: number): string => new Date(Date.now() + hours * HOUR).toISOString();

/**
 * The schedule `nightly`, which backs up all components with the label `nightly`, and schedules made over
 * HTTP.
 */
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

  describe('a schedule of the API [C13]', () => {
    const make = async (schedule: object): Promise<Answer['body']> => {
      const { status, body } = await here().api.post('/v1/schedules', schedule);
      expect([status, body.detail]).toEqual([201, undefined]);
      return body;
    };
    const remove = async (id: string): Promise<void> => {
      expect((await here().api.delete(`/v1/schedules/${id}`)).status).toBe(204);
    };

    test('is due between its start and its end, and at no other time', async () => {
      const [startAt, endAt] = [hoursFromNow(48), hoursFromNow(72)];
      const made = await make({ id: 'bounded', cron: '0 * * * *', components: ['orders'], startAt, endAt });
      expect(made).toMatchObject({ managed: 'api', state: 'active', startAt, endAt });
      for (const { at } of made.nextRuns) {
        expect(Date.parse(at)).toBeGreaterThanOrEqual(Date.parse(startAt));
        expect(Date.parse(at)).toBeLessThanOrEqual(Date.parse(endAt));
      }
      const over = { cron: '0 * * * *', endAt: hoursFromNow(-1), version: made.version };
      const { body } = await here().api.call('PUT', '/v1/schedules/bounded', { body: over });
      expect(body).toMatchObject({ state: 'ended', nextRuns: [] });
      await remove('bounded');
    });

    test('is paused and resumed, and runs when asked, once for a key, paused or not [B16]', async () => {
      const host = here();
      const { api } = host;
      await make({ id: 'by-hand', cron: '@yearly', label: 'pruned', components: ['orders'] });
      const act = async (what: string): Promise<Answer['body']> =>
        (await api.post(`/v1/schedules/by-hand/${what}`)).body;
      expect(await act('pause')).toMatchObject({ state: 'paused', nextRuns: [] });
      await idle(host);
      const once = { headers: { 'idempotency-key': 'run by hand' } };
      const run = () => api.post('/v1/schedules/by-hand/run', {}, once);
      const [first, again] = [await run(), await run()];
      expect([first.status, again.status, again.body.id]).toEqual([202, 202, first.body.id]);
      expect(first.body).toMatchObject({ scheduleId: 'by-hand', label: 'pruned' });
      expect(await api.ended(`/v1/backups/${first.body.id}`, host.seconds)).toMatchObject({
        state: 'SUCCESS',
      });
      expect(await act('resume')).toMatchObject({ state: 'active' });
      await remove('by-hand');
    });

    test('whose time went by without a backup is recorded and told, by what does not wait for its clock [B15]', async () => {
      const host = here();
      const { api } = host;
      await make({ id: 'unkept', cron: '0 * * * *', label: 'unkept', components: ['orders'] });
      // Simulates a schedule whose timer has not fired for hours.
      await (await host.openCatalog()).commit([
        put('schedule', { id: 'unkept', lastFiredAt: hoursFromNow(-3) }),
      ]);
      await host.sweep();
      const { resources, total } = await api.until('/v1/backups?label=unkept', (body) => body.total > 0);
      expect([total, resources[0].state]).toEqual([1, 'FAILED']);
      expect(resources[0].shortError).toMatch(/^missed: /);
      await host.sweep();
      expect((await api.get('/v1/backups?label=unkept')).body.total).toBe(1);
      const told = await eventually(
        'the mail is there',
        async () => (await host.mails()).find((text) => text.includes('unkept')),
        60_000,
      );
      expect(told).toContain('ops@example.com');
      await remove('unkept');
    });
  });
};
