/** Each act that people must know about creates one notice, in the same transaction as the act. */
import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Api } from '../../acceptance/api.ts';
import { eventually } from '../../contract/eventually.ts';
import { writeTree } from '../files.ts';
import { Installation } from '../installation.ts';

describe('acts that people must know of [O5 B15]', () => {
  let here: Installation;
  let api: Api;
  beforeAll(async () => {
    here = await Installation.start({
      config: () => ({
        components: [
          { id: 'files', kind: 'directory', path: 'source' },
          { id: 'mine', kind: 'directory', path: 'source', domain: 'a' },
        ],
        domains: ['root', 'a'],
      }),
    });
    api = here.api;
    await writeTree(here.path('source'), { 'a.txt': 'alpha' });
  });
  afterAll(() => here.close());

  /** The only notice of this type about this subject. */
  const noticeOf = (type: string, about: string) =>
    eventually(`a notice ${type} of ${about}`, async () => {
      const { body } = await api.get(`/v1/notices?type=${type}`);
      return body.resources.find(({ title }: { title: string }) => title.includes(about));
    });
  const made = async (path: string, body: object): Promise<string> => {
    const answer = await api.post(path, body);
    expect([answer.status, answer.body.id]).toEqual([201, expect.any(String)]);
    return answer.body.id;
  };

  test('a backup key: made, downloaded, deleted', async () => {
    const id = await made('/v1/keys', { scope: 'domain', domain: 'a' });
    expect(await noticeOf('key.created', id)).toMatchObject({ domain: 'a', type: 'key.created' });
    expect((await api.post(`/v1/keys/${id}/download`, { password: 'a long password' })).status).toBe(200);
    expect(await noticeOf('key.exported', id)).toMatchObject({ domain: 'a' });
    expect((await api.delete(`/v1/keys/${id}`)).status).toBe(204);
    expect(await noticeOf('key.deleted', id)).toMatchObject({ type: 'key.deleted' });
  });

  test('a token: made, revoked', async () => {
    const id = await made('/v1/tokens', { name: 'ci of a', role: 'operator', domain: 'a' });
    expect(await noticeOf('token.created', 'ci of a')).toMatchObject({ domain: 'a' });
    expect((await api.delete(`/v1/tokens/${id}`)).status).toBe(204);
    expect(await noticeOf('token.revoked', 'ci of a')).toMatchObject({ domain: 'a' });
  });

  test('a signer who is trusted from now on: told once', async () => {
    const { publicKey } = generateKeyPairSync('ed25519');
    const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32).toString('base64');
    for (let n = 0; n < 2; n++)
      expect(
        (await api.post('/v1/verify-keys', { installation: 'berlin', publicKey: raw })).status,
      ).toBeLessThan(300);
    await noticeOf('archive.trusted', 'berlin');
    const { body } = await api.get('/v1/notices?type=archive.trusted');
    expect(body.total).toBe(1);
  });

  test('an export of the audit trail, but not the reading of a page of it', async () => {
    await api.get('/v1/audit');
    await api.get('/v1/audit/export');
    const { title } = await noticeOf('audit.exported', 'exports the audit trail');
    expect(title).not.toContain('undefined');
    expect((await api.get('/v1/notices?type=audit.exported')).body.total).toBe(1);
  });
});
