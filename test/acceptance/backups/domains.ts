import { beforeAll, describe, expect, test } from '@jest/globals';
import { type Answer, Api } from '../api.ts';
import { type AcceptanceHost, idle, setup } from '../host.ts';

const north = { scope: 'domain', domain: 'north' } as const;
/** A file of a folder that changes while the backup reads it. */
const busy = (n: number): string => `busy/${n}.txt`;

/** Keys of the installation and of a domain, and the one backup of a domain that these tests use. */
export const describeDomains = (here: () => AcceptanceHost): void => {
  describe('a domain, its keys and its backup', () => {
    let host: AcceptanceHost;
    let backup: Answer['body'];
    let written = 0;

    const keysOf = async (query: string): Promise<Answer['body']> =>
      (await host.api.get(`/v1/keys?${query}`)).body;
    const newKey = async (request: object): Promise<Answer['body']> => {
      const { status, body } = await host.api.post('/v1/keys', request);
      expect([status, body.detail]).toEqual([201, undefined]);
      return body;
    };
    const tokenOf = async (role: string): Promise<Api> => {
      const grant = { name: `${role} of north`, role, domain: 'north' };
      return new Api(host.api.url, (await host.api.post('/v1/tokens', grant)).body.token);
    };
    const restored = async (request: object): Promise<Answer['body']> => {
      await idle(host);
      const { status, body } = await host.api.post(`/v1/backups/${backup.id}/restores`, request);
      expect([status, body.detail]).toEqual([202, undefined]);
      return host.api.ended(`/v1/restores/${body.id}`, host.seconds);
    };

    beforeAll(async () => {
      host = here();
      await idle(host);
    });

    test('have keys of both scopes: made, shown, listed page by page, one the default of each [C3]', async () => {
      const { api } = host;
      const before = await keysOf('scope=domain&domain=north');
      expect(before.resources).toMatchObject([{ ...north, isDefault: true }]);
      const made = [await newKey(north), await newKey({ scope: 'system' })];
      expect(made).toMatchObject([
        { ...north, isDefault: false },
        { scope: 'system', isDefault: false },
      ]);
      expect(JSON.stringify(made)).not.toMatch(/AGE-SECRET|wrapped/);
      expect((await api.get(`/v1/keys/${made[0].id}`)).body).toEqual(made[0]);
      const page = await keysOf('scope=domain&domain=north&skip=1&limit=1');
      expect(page).toMatchObject({ skip: 1, limit: 1, total: 2, resources: [{ scope: 'domain' }] });
      expect((await api.post(`/v1/keys/${made[0].id}/default`)).body.isDefault).toBe(true);
      const now = await keysOf('scope=domain&domain=north');
      expect(now.resources.filter(({ isDefault }: { isDefault: boolean }) => isDefault)).toMatchObject([
        { id: made[0].id },
      ]);
    });

    test('is captured while its source is written to: nothing waits, and nothing is touched [U1] [C2] [C4]', async () => {
      const { api } = host;
      const source = host.sources.north;
      const { status, body } = await api.post('/v1/backups', { ...north, label: 'north' });
      expect([status, body.detail]).toEqual([202, undefined]);
      const path = `/v1/backups/${body.id}`;
      for (; (await api.get(path)).body.state === 'IN_PROGRESS'; written++) {
        await host.write(source, busy(written), `written ${written}`);
        await host.write(source, 'a.txt', `${setup.north['a.txt']}, ${written}`);
      }
      expect(written).toBeGreaterThan(2);
      backup = (await api.get(path)).body;
      const [key] = (await keysOf('scope=domain&domain=north')).resources.filter(
        ({ isDefault }: { isDefault: boolean }) => isDefault,
      );
      expect(backup).toMatchObject({
        ...{ shortError: '', ...north, components: { north: { kind: expect.any(String) } } },
        encryption: { mode: 'key', keyId: key.id },
      });
      // Where the source keeps no versions, the backup leaves out and names files that changed while it read
      // them.
      expect(['SUCCESS', 'PARTIAL']).toContain(backup.state);
      for (const { path: leftOut } of backup.components.north.skipped)
        expect(leftOut).toMatch(/(^|\/)(a\.txt|busy\/\d+\.txt)$/);
      expect(await host.read(source, 'a.txt')).toBe(`${setup.north['a.txt']}, ${written - 1}`);
      expect(await host.read(source, 'docs/b.txt')).toBe(setup.north['docs/b.txt']);
      for (let n = 0; n < written; n++) expect(await host.read(source, busy(n))).toBe(`written ${n}`);
    });

    test('is planned by a dry run, entry by entry, which changes nothing [B7]', async () => {
      const { api } = host;
      const target = host.newTarget('planned');
      await host.write(target, 'docs/b.txt', 'in the way');
      await idle(host);
      const once = { headers: { 'idempotency-key': 'planned' } };
      const request = { targets: { north: target }, existing: 'skip', dryRun: true };
      const first = await api.post(`/v1/backups/${backup.id}/restores`, request, once);
      const again = await api.post(`/v1/backups/${backup.id}/restores`, request, once);
      expect([again.status, again.body.id]).toEqual([202, first.body.id]);
      const planned = await api.ended(`/v1/restores/${first.body.id}`, host.seconds);
      expect(planned).toMatchObject({ state: 'SUCCESS', dryRun: true });
      const { create, skip, overwrite, refuse } = planned.plan.north.counts;
      expect([create > 0, skip > 0, overwrite, refuse]).toEqual([true, true, 0, 0]);
      const { total, resources } = (await api.get(`/v1/restores/${planned.id}/plan?limit=1000`)).body;
      expect(total).toBe(create + skip);
      const actionOf = (path: string) =>
        resources.find((entry: { path: string }) => entry.path.endsWith(path))?.action;
      expect([actionOf('docs/c.txt'), actionOf('docs/b.txt')]).toEqual(['create', 'skip']);
      expect(await host.read(target, 'docs/b.txt')).toBe('in the way');
      expect(await host.read(target, 'docs/c.txt')).toBeUndefined();
    });

    test('restores into its own domain by somebody of that domain, and into another by nobody of one alone [C5] [C16]', async () => {
      const own = await tokenOf('domain-administrator');
      const path = `/v1/backups/${backup.id}/restores`;
      await host.write(host.sources.north, 'docs/b.txt', 'changed');
      await idle(host);
      const inPlace = await own.post(path, { inPlace: true });
      expect([inPlace.status, inPlace.body.detail]).toEqual([202, undefined]);
      expect(await host.api.ended(`/v1/restores/${inPlace.body.id}`, host.seconds)).toMatchObject({
        ...{ state: 'SUCCESS', domains: ['north'], afterwards: [] },
      });
      expect(await host.read(host.sources.north, 'docs/b.txt')).toBe(setup.north['docs/b.txt']);

      const into = { targets: { north: host.sources.uploads }, inPlace: true };
      const refused = await own.post(path, into);
      expect([refused.status, refused.body.code]).toEqual([403, 'forbidden']);
      const restore = await restored(into);
      expect(restore).toMatchObject({ state: 'SUCCESS', domains: ['north', 'root'] });
      expect(await host.read(host.sources.uploads, 'docs/b.txt')).toBe(setup.north['docs/b.txt']);
      expect(await host.read(host.sources.uploads, 'docs/letter.txt')).toBe('Dear all,');
      for (const added of [
        ...Object.keys(setup.north),
        ...Array.from({ length: written }, (_, n) => busy(n)),
      ])
        if ((await host.read(host.sources.uploads, added)) !== undefined)
          await host.remove(host.sources.uploads, added);
    });

    test('goes over to another key without being written anew; the old key names what would die with it [B10] [B16] [B19]', async () => {
      const { api } = host;
      const old = backup.encryption.keyId;
      const { id: keyId, recipient } = await newKey({ ...north, default: true, postQuantum: true });
      expect(recipient).toMatch(/^age1pq1/);
      const refused = await api.delete(`/v1/keys/${old}`);
      expect([refused.status, refused.body.code]).toEqual([409, 'key_in_use']);
      expect(JSON.stringify(refused.body)).toContain(backup.id);
      await idle(host);
      const once = { headers: { 'idempotency-key': 'sealed anew' } };
      const begun = await api.post(`/v1/backups/${backup.id}/reseal`, { keyId }, once);
      const again = await api.post(`/v1/backups/${backup.id}/reseal`, { keyId }, once);
      expect([begun.status, again.status, again.body.id]).toEqual([202, 202, begun.body.id]);
      expect(await api.ended(`/v1/reseals/${begun.body.id}`, host.seconds)).toMatchObject({
        ...{ state: 'SUCCESS', keyId, from: { mode: 'key', keyId: old } },
      });
      const now = (await api.get(`/v1/backups/${backup.id}`)).body;
      expect(now).toMatchObject({ encryption: { keyId }, archiveKey: backup.archiveKey });
      expect((await api.delete(`/v1/keys/${old}`)).status).toBe(204);
      expect((await api.get(`/v1/backups/${backup.id}/contents`)).status).toBe(200);
    });
  });
};
