/** Permissions on a deployed API: the gateway, its authorizer, and each function's own check of the role. */
import { describe, expect, test } from '@jest/globals';
import { apiFunctionNames, apiHandlers } from '../../lambdas/api-handlers.ts';
import type { RouteFacts } from '../../lib/api/route.ts';
import { type Grant, permissionsOf, roleNames } from '../../lib/model/access/permissions.ts';
import type { Api, CallOptions } from '../acceptance/api.ts';
import { PAGE, PASSWORD } from '../cases/people.ts';
import type { DeployedHost } from './installation/deployed-host.ts';

const UUID = '00000000-0000-4000-8000-000000000000';
const ids: Readonly<Record<string, string>> = { '/v1/verify-keys': 'f'.repeat(64) };
const pathOf = ({ path }: RouteFacts): string =>
  path.replace(/\{(\w+)\}/g, (_, name) =>
    name === 'number' ? '1' : (ids[path.slice(0, path.indexOf('/{'))] ?? `token-${UUID}`),
  );

/**
 * For each function, one route for each permission: the emulator starts a process for every request, so
 * testing all routes takes too long.
 */
const sampled: readonly RouteFacts[] = apiFunctionNames.flatMap((name) => {
  const byPermission = new Map<string, RouteFacts>();
  // A route that takes raw bytes has no invalid body that it refuses before it looks anything up.
  for (const route of apiHandlers[name].routes as readonly RouteFacts[])
    if (route.needs !== undefined && route.answers.bytes === undefined && !byPermission.has(route.needs))
      byPermission.set(route.needs, route);
  return [...byPermission.values()];
});

const nonsense = (
  api: Api,
  route: RouteFacts,
  token?: string | null,
): Promise<{ status: number; text: string }> => {
  const options: CallOptions = token === undefined ? {} : { token };
  return route.method === 'GET'
    ? api.get(`${pathOf(route)}?nonsense=1`, options)
    : api.call(route.method, pathOf(route), { ...options, body: { nonsense: true } });
};

export const describeAccess = (here: () => DeployedHost): void => {
  describe('who may do what', () => {
    const tokenOf = async (grant: Grant): Promise<{ id: string; token: string }> => {
      const { status, body } = await here().api.post('/v1/tokens', { name: 'a cell', ...grant });
      expect([status, body.detail]).toEqual([201, undefined]);
      return body;
    };

    test('without a right token each function answers nothing, in the same words [U12] [T2]', async () => {
      const { api } = here();
      const revoked = await tokenOf({ role: 'administrator' });
      expect((await api.delete(`/v1/tokens/${revoked.id}`)).status).toBe(204);
      const wrong = [
        'nonsense',
        revoked.token,
        `hf_token-${UUID}_${'A'.repeat(43)}`,
        `hft_${'A'.repeat(43)}`,
      ];
      const first = Object.values(apiHandlers).map(
        ({ routes }) =>
          (routes as readonly RouteFacts[]).find(({ needs }) => needs !== undefined) as RouteFacts,
      );
      const answers = new Set<string>();
      for (const route of first)
        for (const token of [...wrong, null]) {
          const { status, text } = await nonsense(api, route, token);
          expect([route.operationId, status]).toEqual([route.operationId, here().wrongToken]);
          answers.add(text);
        }
      expect(answers.size).toBe(1);
    }, 300_000);

    test.each(['the whole installation', 'a domain'])(
      'each role may in %s what the table says, and nothing else [U12] [O2] [C4]',
      async (where) => {
        expect(sampled.length).toBeGreaterThan(20);
        for (const role of roleNames) {
          const grant: Grant = { role, domain: where === 'a domain' ? 'north' : undefined };
          const { token } = await tokenOf(grant);
          const may = permissionsOf(grant);
          const [found, expected]: [Record<string, number>, Record<string, number>] = [{}, {}];
          for (const route of sampled) {
            found[route.operationId] = (await nonsense(here().api, route, token)).status;
            expected[route.operationId] = route.needs !== undefined && may.includes(route.needs) ? 400 : 403;
          }
          expect({ role, ...found }).toEqual({ role, ...expected });
        }
      },
      600_000,
    );

    test('a person chooses a password, signs in, approves what a token asks, and is let in no longer [U12] [B14]', async () => {
      const { api } = here();
      const open = { token: null, headers: PAGE };
      const made = await api.post('/v1/users', { name: 'ada', grants: [{ role: 'administrator' }] });
      expect([made.status, made.body.detail]).toEqual([201, undefined]);
      const chosen = { invitation: made.body.invitation, password: PASSWORD };
      expect((await api.post('/v1/invitations', chosen, open)).status).toBe(204);
      expect((await api.post('/v1/sign-in', { name: 'ada', password: 'a wrong one' }, open)).status).toBe(
        401,
      );
      const signedIn = await api.post('/v1/sign-in', { name: 'ada', password: PASSWORD }, open);
      expect([signedIn.status, signedIn.body.detail]).toEqual([201, undefined]);
      const cookie = signedIn.headers.get('set-cookie')?.split(';')[0] ?? '';
      const asAda = { token: null, headers: { cookie, ...PAGE } };
      expect((await api.get('/v1/sessions/current', asAda)).body.principal.name).toBe('ada');

      const schedule = {
        ...{ id: 'approved', cron: '0 3 * * *', components: ['orders'], enabled: false },
        retention: { keepLast: 3 },
      };
      const refused = await api.post('/v1/schedules', schedule);
      expect([refused.status, refused.body.code]).toEqual([403, 'approval_required']);
      const { id, digest } = refused.body.approval;
      expect((await api.post(`/v1/approvals/${id}/approve`, { digest })).status).toBe(403);
      const approved = await api.post(`/v1/approvals/${id}/approve`, { digest }, asAda);
      expect([approved.status, approved.body.state]).toEqual([200, 'APPROVED']);
      const passed = await api.post('/v1/schedules', schedule, { headers: { 'holdfast-approval': id } });
      expect([passed.status, passed.body.detail]).toEqual([201, undefined]);
      expect((await api.get(`/v1/approvals/${id}`)).body.state).toBe('USED');

      expect((await api.post(`/v1/users/${made.body.id}/disable`, {})).status).toBe(200);
      expect((await api.get('/v1/sessions/current', asAda)).status).toBe(here().wrongToken);
    }, 300_000);

    test('guesses at a password wait, counted in the catalog and not in a function [U12]', async () => {
      const { api } = here();
      const guess = async (): Promise<number> => {
        const open = { token: null, headers: PAGE };
        return (await api.post('/v1/sign-in', { name: 'nobody-at-all', password: 'a guess' }, open)).status;
      };
      const answers: number[] = [];
      for (let n = 0; n < 7; n++) answers.push(await guess());
      expect(answers).toEqual([401, 401, 401, 401, 401, 429, 429]);
    }, 300_000);
  });
};
