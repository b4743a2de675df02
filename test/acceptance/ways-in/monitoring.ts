import { describe, expect, test } from '@jest/globals';
import type { AcceptanceHost } from '../host.ts';

const numbersOf = (text: string): ReadonlyMap<string, number> =>
  new Map(
    text
      .split('\n')
      .filter((line) => /^[a-z]/.test(line))
      .map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]),
  );

/** Metrics after successful backups of `orders`. */
export const describeMonitoring = (here: () => AcceptanceHost): void => {
  describe('metrics', () => {
    test('say of each component when it last succeeded, and when that was read back [B28]', async () => {
      const { api } = here();
      const { status, headers, text } = await api.get('/v1/metrics');
      expect([status, headers.get('content-type')]).toEqual([
        200,
        'application/openmetrics-text; version=1.0.0; charset=utf-8',
      ]);
      expect(text.endsWith('# EOF\n')).toBe(true);
      const numbers = numbersOf(text);
      const { resources, total } = (await api.get('/v1/backups?limit=1000')).body;
      const last = resources.find(
        ({ state, components }: { state: string; components: object }) =>
          state === 'SUCCESS' && 'orders' in components,
      );
      const of = (name: string): number | undefined =>
        numbers.get(`holdfast_backup_${name}{component="orders"}`);
      expect(of('last_success_timestamp_seconds')).toBe(Date.parse(last.completedAt) / 1000);
      expect(of('last_verified_timestamp_seconds')).toBeGreaterThanOrEqual(
        Date.parse(last.verifiedAt) / 1000,
      );
      expect(numbers.get('holdfast_lock_held')).toBe(0);
      expect(numbers.get('holdfast_backups')).toBe(total);
      const next = numbers.get('holdfast_schedule_next_run_timestamp_seconds{schedule="nightly"}');
      expect(next).toBeGreaterThan(Date.now() / 1000);
    });

    test('are for nobody without a token [B28] [U12]', async () => {
      const { api, wrongToken } = here();
      expect((await api.get('/v1/metrics', { token: null })).status).toBe(wrongToken);
    });
  });
};
