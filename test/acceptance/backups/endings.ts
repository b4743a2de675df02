import { describe, expect, test } from '@jest/globals';
import { type AcceptanceHost, idle } from '../host.ts';

/** Operations that fail or that a caller cancels. */
export const describeEndings = (here: () => AcceptanceHost): void => {
  describe('what does not go its way', () => {
    test('a backup is cancelled, and leaves nothing [B9]', async () => {
      const host = here();
      const { api, long } = host;
      await idle(host);
      const before = await host.stored();
      const { body } = await api.post('/v1/backups', long);
      expect((await api.post(`/v1/operations/${body.id}/cancel`)).status).toBe(202);
      const ended = await api.ended(`/v1/backups/${body.id}`, host.seconds);
      expect(ended).toMatchObject({ state: 'CANCELLED', archiveBytes: 0 });
      expect(await host.execution('backup', body.id)).toBe('ABORTED');
      await idle(host);
      expect(await host.stored()).toEqual(before);
    });

    test('a cancel of what does not run is refused [B9]', async () => {
      const { api } = here();
      const { status, body } = await api.post('/v1/operations/backup-that-never-ran/cancel');
      expect([status, body.code]).toEqual([404, 'not_found']);
    });
  });
};
