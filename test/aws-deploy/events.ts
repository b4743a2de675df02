import { PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { describe, expect, test } from '@jest/globals';
import { idle } from '../acceptance/host.ts';
import type { DeployedHost } from './installation/deployed-host.ts';

/** The trigger `released` receives events of the source `trial.releases` from the account's default bus. */
export const describeEvents = (here: () => DeployedHost): void => {
  describe('an event of the account [B26]', () => {
    test('begins one backup by the rule of its trigger, and one that is told twice begins no second', async () => {
      const host = here();
      const { api, aws } = host;
      await idle(host);
      const release = { Source: 'trial.releases', DetailType: 'released', Detail: '{"release": 7}' };
      const { Entries = [] } = await aws.events.send(new PutEventsCommand({ Entries: [release] }));
      const eventId = Entries[0]?.EventId;
      const { resources } = await api.until('/v1/backups?label=released', ({ total }) => total > 0);
      expect(await api.ended(`/v1/backups/${resources[0].id}`, host.seconds)).toMatchObject({
        ...{ state: 'SUCCESS', createdBy: 'trigger released' },
      });
      await idle(host);
      // EventBridge delivers at least once: this repeats the same event, as its rule passes it on.
      await host.functions.succeed('triggered-backup', { triggerId: 'released', eventId });
      expect((await api.get('/v1/backups?label=released')).body.total).toBe(1);
      await host.functions.succeed('triggered-backup', { triggerId: 'released', eventId: 'another' });
      const { body } = await api.get('/v1/backups?label=released');
      expect(body.total).toBe(2);
      await api.post(`/v1/operations/${body.resources[0].id}/cancel`);
      await api.ended(`/v1/backups/${body.resources[0].id}`, host.seconds);
    });
  });
};
