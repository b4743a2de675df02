import { describe, expect, test } from '@jest/globals';
import { idle } from '../acceptance/host.ts';
import type { DeployedHost } from './installation/deployed-host.ts';

/** Which requests the permissions of the functions and of the key service allow. */
export const describeRights = (here: () => DeployedHost): void => {
  describe('rights', () => {
    test('a restore to where no right leads is refused, and says so [B4]', async () => {
      const host = here();
      const { api } = host;
      await idle(host);
      const backup = await api.backup({ components: ['orders'] });
      await idle(host);
      const { status, body } = await api.post(`/v1/backups/${backup.id}/restores`, {
        components: ['orders'],
        targets: { orders: 'somebody-elses-table' },
      });
      const ended = status === 202 ? await api.ended(`/v1/restores/${body.id}`, host.seconds) : body;
      expect(JSON.stringify(ended)).toMatch(/grant|may not|not authorized|right/);
      expect(ended.state ?? 'FAILED').toBe('FAILED');
    });

    test('a backup tied to the key service restores where its key is [C8]', async () => {
      const host = here();
      const { api, targets } = host;
      await idle(host);
      const { body } = await api.post('/v1/backups', { label: 'tied', tiedToHsm: true });
      const backup = await api.ended(`/v1/backups/${body.id}`, host.seconds);
      expect(backup).toMatchObject({ state: 'SUCCESS', tiedToHsm: true, encryption: { mode: 'hsm' } });
      await idle(host);
      const restore = await api.post(`/v1/backups/${backup.id}/restores`, { targets });
      expect(await api.ended(`/v1/restores/${restore.body.id}`, host.seconds)).toMatchObject({
        state: 'SUCCESS',
      });
      await host.expectRestored();
    });

    test('the sweep does what it does every five minutes, within its rights [B1]', async () => {
      const host = here();
      await idle(host);
      expect(await host.functions.invoke('sweep', {})).toEqual({ failed: false, text: expect.any(String) });
    });
  });
};
