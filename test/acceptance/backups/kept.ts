import { beforeAll, describe, expect, test } from '@jest/globals';
import type { Answer } from '../api.ts';
import { type AcceptanceHost, idle } from '../host.ts';

/**
 * What retention keeps and removes: two backups have the label `pruned`, and its rule keeps only the last
 * one.
 */
export const describeKept = (here: () => AcceptanceHost): void => {
  describe('what is kept', () => {
    let host: AcceptanceHost;
    let older: string;
    let newer: string;

    beforeAll(async () => {
      host = here();
      await idle(host);
      const { resources } = (await host.api.get('/v1/backups?label=pruned')).body;
      [newer, older] = resources.map(({ id }: { id: string }) => id);
    });

    const recordOf = async (id: string): Promise<Answer['body']> =>
      (await host.api.get(`/v1/backups/${id}`)).body;

    test('is told beforehand, with the reason for each, by the rules that are and by others [B12] [C13]', async () => {
      const { api } = host;
      const saved = (await api.get('/v1/retention/plan?label=pruned')).body;
      expect(saved).toMatchObject({ policy: { keepLast: 1 }, total: 2, kept: 1, removed: 1 });
      expect(saved.resources).toMatchObject([
        { backupId: newer, keep: true, reasons: expect.arrayContaining(['kept: last 1 of 1']) },
        { backupId: older, keep: false, reasons: ['removed: no rule keeps it'] },
      ]);
      const other = await api.post('/v1/retention/plan', { label: 'pruned', policy: { keepLast: 2 } });
      expect(other.body).toMatchObject({ kept: 2, removed: 0 });
      const nothing = await api.post('/v1/retention/plan', { label: 'pruned', policy: {} });
      expect([nothing.status, nothing.body.detail]).toEqual([
        400,
        expect.stringContaining('would keep nothing'),
      ]);
    });

    test('is what is held, whatever the rules say and whoever deletes [B12]', async () => {
      const { api } = host;
      const held = await api.post(`/v1/backups/${older}/hold`, { reason: 'the audit of 2026' });
      expect([held.status, held.body.detail]).toEqual([200, undefined]);
      const refused = await api.delete(`/v1/backups/${older}`);
      expect([refused.status, refused.body.code]).toEqual([409, 'backup_held']);
      expect(refused.body.detail).toContain('the audit of 2026');
      expect((await api.get('/v1/retention/plan?label=pruned')).body).toMatchObject({ kept: 2, removed: 0 });
      await host.sweep();
      expect((await recordOf(older)).deleteAfter).toBeUndefined();
      expect((await api.delete(`/v1/backups/${older}/hold`)).status).toBe(200);
    });

    test('is not what no rule keeps: it is marked, goes after days, and is taken back until then [B12]', async () => {
      const { api } = host;
      // The sweep evaluates the rules again only after a day, or when an operation has ended.
      const { body } = await api.post(`/v1/backups/${newer}/verify`, {});
      await api.ended(`/v1/verifications/${body.id}`, host.seconds);
      await idle(host);
      await host.sweep();
      const marked = await recordOf(older);
      expect(marked).toMatchObject({ state: 'SUCCESS', removal: { byRetention: true } });
      const days = (Date.parse(marked.deleteAfter) - Date.parse(marked.removal.at)) / 86_400_000;
      expect(Math.round(days)).toBe(7);
      expect((await api.post(`/v1/backups/${older}/download`)).status).toBe(200);
      expect((await api.delete(`/v1/backups/${older}/removal`)).status).toBe(200);
      expect((await recordOf(older)).deleteAfter).toBeUndefined();
      expect((await recordOf(newer)).deleteAfter).toBeUndefined();
    });

    test('is whatever no rule speaks of: it stays until somebody deletes it [C1]', async () => {
      const { api } = host;
      const all = (await api.get('/v1/backups?limit=1000')).body.resources;
      const unruled = all.filter(
        ({ label, state }: Answer['body']) => label !== 'pruned' && state === 'SUCCESS',
      );
      expect(unruled.length).toBeGreaterThan(1);
      for (const { deleteAfter } of unruled) expect(deleteAfter).toBeUndefined();
      const [one] = unruled;
      expect((await api.delete(`/v1/backups/${one.id}`)).status).toBe(204);
      const left = (await api.get('/v1/backups?limit=1000')).body.resources;
      expect(left.map(({ id }: { id: string }) => id)).toEqual(
        all.flatMap(({ id }: { id: string }) => (id === one.id ? [] : [id])),
      );
    });
  });
};
