/** Ends tokens and people with what they have made. */

import type { Principal } from '../../../model/access/principal.ts';
import type { TokenRecord } from '../../../model/records/access.ts';
import type { PersonRecord } from '../../../model/records/person.ts';
import { type Change, put } from '../../../ports/catalog/catalog.ts';
import { everyRecord } from '../../../ports/catalog/every-record.ts';
import { placementOf } from '../../../ports/catalog/placement.ts';
import type { Host } from '../../../ports/host.ts';
import { commitFresh } from '../../task/fresh-commit.ts';
import { withSessionsEnded } from '../people/people.ts';
import { requirePermission } from '../permissions.ts';
import { tellToken } from './tell-token.ts';
import { seenToken } from './tokens.ts';

/** What was made with a token or by a person; each comes after its maker. */
interface Family {
  readonly tokens: readonly TokenRecord[];
  readonly people: readonly PersonRecord[];
}

/**
 * Revokes a token: no request with it is admitted any more. What was made with it stays, unless `children` is set: then
 * tokens that were made with it are revoked, people who were made with it are disabled, and so on with theirs. The last
 * made end first, so that a revocation that was interrupted can be repeated.
 *
 * @returns the ids of all that were ended
 * @throws `not_found`, `forbidden`
 */
export const revokeToken = async (
  host: Host,
  principal: Principal,
  id: string,
  { children }: { children: boolean },
): Promise<string[]> => {
  const { record } = await seenToken(host, principal, id);
  requirePermission(principal, 'token.write', record.domain ?? null);
  const family = children ? await familyOf(host, record.id) : { tokens: [], people: [] };
  requireEnding(principal, family);
  const ids = await endFamily(host, family);
  await host.catalog.commit([...removing(record), tellToken.revoked(host, record, principal, ids.length)]);
  host.log.info('tokens were revoked', { ids: [record.id, ...ids], by: principal.name });
  return [record.id, ...ids];
};

const removing = (token: TokenRecord): Change[] => [
  { remove: 'token', id: placementOf('token', token).id },
  { remove: 'tokenUse', id: token.id },
];

/** All tokens and people made by this one, directly or through others. */
export const familyOf = async (host: Host, id: string): Promise<Family> => {
  const [tokens, people] = await Promise.all([
    Array.fromAsync(everyRecord(host, 'token')),
    Array.fromAsync(everyRecord(host, 'person')),
  ]);
  const ids = new Set([id]);
  for (const parent of ids)
    for (const one of [...tokens, ...people]) if (one.madeWith === parent) ids.add(one.id);
  ids.delete(id);
  const isOfFamily = (one: { readonly id: string }): boolean => ids.has(one.id);
  return { tokens: tokens.filter(isOfFamily), people: people.filter(isOfFamily) };
};

/** The caller may not have the right to end all of them: then none ends. @throws `forbidden` */
export const requireEnding = (principal: Principal, { tokens, people }: Family): void => {
  for (const one of [...tokens, ...people]) requirePermission(principal, 'token.write', one.domain ?? null);
};

/** Revokes the tokens, and disables the people. @returns their ids */
export const endFamily = async (host: Host, { tokens, people }: Family): Promise<string[]> => {
  for (const token of tokens.toReversed()) await host.catalog.commit(removing(token));
  for (const { id } of people) await disable(host, id);
  return [...tokens, ...people].map(({ id }) => id);
};

const disable = (host: Host, id: string): Promise<void> =>
  commitFresh(host.catalog, async () => {
    const found = await host.catalog.get('person', id);
    if (found === undefined || found.record.disabled) return { changes: [], result: undefined };
    const record = { ...withSessionsEnded(found.record), disabled: true };
    return { changes: [put('person', record, found.version)], result: undefined };
  });
