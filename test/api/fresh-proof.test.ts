/** Every route that changes something declares whether a session must first prove its identity again. */
import { expect, test } from '@jest/globals';
import { everyRoute } from '../../lambdas/api-handlers.ts';
import { mayWantProof } from '../../lib/api/fresh-proof.ts';
import type { DescribedRoute } from '../../lib/api/route.ts';
import { problemsOf } from '../../lib/api/route-problems.ts';
import { byteRoutes } from '../../lib/api/routes/bytes.ts';

const all: readonly DescribedRoute[] = [...everyRoute, ...byteRoutes];
const namesOf = (routes: readonly DescribedRoute[]): string[] => routes.map(({ operationId }) => operationId);

test('a route that changes something says whether it wants a fresh proof, and why [U10]', () => {
  const changing = all.filter(({ method, needs }) => method !== 'GET' && needs !== undefined);
  expect(changing.length).toBeGreaterThan(40);
  expect(namesOf(changing.filter(({ freshProof }) => freshProof === undefined))).toEqual([]);
  for (const { operationId, freshProof } of changing)
    expect([operationId, freshProof?.why]).toEqual([operationId, expect.stringMatching(/^\S.{10,}/)]);
});

test('what deletes for good, hands out secrets or says whom to trust is always asked for one [U10]', () => {
  const isAsked = (operationId: string): unknown =>
    all.find((route) => route.operationId === operationId)?.freshProof?.asked;
  const deleting = all.filter(({ needs = '' }) => /\.(delete|export)$/.test(needs));
  expect(deleting.length).toBeGreaterThan(4);
  expect(namesOf(deleting.filter(({ operationId }) => isAsked(operationId) !== 'always'))).toEqual([]);
  for (const one of ['approve', 'releaseBackup', 'importVerifyKey', 'uploadKey', 'createToken', 'createUser'])
    expect([one, isAsked(one)]).toEqual([one, 'always']);
});

test('a request without the approval of others is asked for one, and its document says so [U10]', () => {
  const breaking = all.filter(({ takes }) => takes?.includes('Holdfast-Break-Glass'));
  expect(breaking.length).toBeGreaterThan(5);
  // The operation itself asks for proof when a person makes a backup token, and only from people without a
  // password here.
  for (const route of all.filter(({ operationId }) => operationId !== 'makeBackupToken'))
    expect([route.operationId, problemsOf(route).includes('reauthentication_required')]).toEqual([
      route.operationId,
      mayWantProof(route),
    ]);
  expect(namesOf(breaking.filter((route) => !mayWantProof(route)))).toEqual([]);
});

test('bytes flow without one: what they lead to wants it by itself [U10]', () => {
  expect(namesOf(byteRoutes.filter(mayWantProof))).toEqual([]);
});
