import { describe, expect, test } from '@jest/globals';
import type { AcceptanceHost } from '../host.ts';

/** Whom the gateway lets in, and how it answers paths without a route. */
export const describeGateway = (host: () => AcceptanceHost): void => {
  describe('the gateway', () => {
    test('health answers anyone', async () => {
      const { status, body } = await host().api.get('/v1/health', { token: null });
      expect({ status, body }).toMatchObject({ status: 200, body: { status: 'ok' } });
    });

    test('without a token, or with a wrong one, nothing else does [U12]', async () => {
      const { api, wrongToken } = host();
      expect((await api.get('/v1/backups', { token: null })).status).toBe(wrongToken);
      expect((await api.get('/v1/backups', { token: 'hft_wrong' })).status).toBe(wrongToken);
    });

    test('what is at no route gets a problem document [U11]', async () => {
      const { api } = host();
      expect((await api.get('/v1/nothing')).body).toMatchObject({ status: 404, code: 'not_found' });
      const refused = await api.delete('/v1/status');
      expect(refused.body).toMatchObject({ status: 405, code: 'method_not_allowed' });
    });
  });
};
