import { describe, expect, test } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import type { Answer } from '../api.ts';
import { type AcceptanceHost, idle, setup } from '../host.ts';

/** The trigger `deployed`, which backs up the component `orders` with the label `pruned`. */
export const describeTriggers = (here: () => AcceptanceHost): void => {
  describe('a signed message [B26]', () => {
    const send = (
      id: string,
      secret: string = setup.triggerSecret,
      body = '{"release": 7}',
    ): Promise<Answer> => {
      const now = new Date();
      return here().api.call('POST', '/v1/triggers/deployed', {
        token: null,
        body,
        headers: {
          'webhook-id': id,
          'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
          'webhook-signature': new Webhook(secret).sign(id, now, '{"release": 7}'),
        },
      });
    };

    test('begins nothing when another has signed it, or its body is another', async () => {
      const stranger = `whsec_${Buffer.alloc(32, 9).toString('base64')}`;
      const refused = [
        await send('message-1', stranger),
        await send('message-1', undefined, '{"release": 8}'),
      ];
      expect(refused.map(({ status }) => status)).toEqual([401, 401]);
      expect((await here().api.get('/v1/backups?label=pruned')).body.total).toBe(0);
    });

    test('begins one backup, however often it is sent', async () => {
      const host = here();
      const { api } = host;
      await idle(host);
      const answers = await Promise.all([send('message-1'), send('message-1')]);
      expect(answers.map(({ status }) => status)).toEqual([202, 202]);
      expect(answers.map(({ body }) => body.repeated).sort()).toEqual([false, true]);
      const { total, resources } = (await api.get('/v1/backups?label=pruned')).body;
      expect(total).toBe(1);
      const backup = await api.ended(`/v1/backups/${resources[0].id}`, host.seconds);
      expect(backup).toMatchObject({ state: 'SUCCESS', createdBy: 'trigger deployed' });
      expect((await send('message-1')).body).toEqual({ state: 'begun', backupId: backup.id, repeated: true });
    });
  });
};
