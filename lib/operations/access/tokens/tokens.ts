/** API tokens: made, listed, revoked. A token may never do more than its maker. */

import { type Grant, type Role, reaches } from '../../../model/access/permissions.ts';
import type { Principal } from '../../../model/access/principal.ts';
import { HoldfastError } from '../../../model/errors.ts';
import { newId } from '../../../model/ids.ts';
import type { TokenRecord, TokenView } from '../../../model/records/access.ts';
import type { CreateTokenRequest } from '../../../model/requests/access.ts';
import type { Page } from '../../../model/requests/page.ts';
import { put, type Versioned } from '../../../ports/catalog/catalog.ts';
import { timestamp } from '../../../ports/clock.ts';
import type { Host } from '../../../ports/host.ts';
import { commitFresh } from '../../task/fresh-commit.ts';
import { assertDomain, ownDomain } from '../known-domains.ts';
import { listByHome } from '../list-by-home.ts';
import { type Maker, readMaker, requireCovered } from '../maker.ts';
import { requirePermission } from '../permissions.ts';
import { findToken } from './find-token.ts';
import { tellToken } from './tell-token.ts';
import { newSecret } from './token-text.ts';

/** A token and its text, which is shown this once. */
export interface MadeToken {
  readonly record: TokenRecord;
  readonly text: string;
}

interface NewToken {
  readonly name: string;
  readonly role: Role;
  readonly domain: string | null;
  readonly createdBy: string;
  readonly madeWith: string | null;
  readonly expiresAt: string | null;
}

const newToken = (host: Host, wanted: NewToken): MadeToken => {
  const id = newId('token');
  const { text, hash } = newSecret(id);
  return { text, record: { id, hash, ...wanted, createdAt: timestamp(host.clock) } };
};

/**
 * Makes an administrator's token for a caller on the host itself, and hands its text over, this once: only a hash is
 * kept. The token is valid once `deliver` has resolved, so that no valid token exists that nobody was given.
 */
export const createHostToken = async (
  host: Host,
  { name, createdBy }: { name: string; createdBy: string },
  deliver: (token: string) => void | Promise<void>,
): Promise<void> => {
  const { record, text } = newToken(host, {
    ...{ name, createdBy },
    ...{ role: 'administrator', domain: null, madeWith: null, expiresAt: null },
  });
  await deliver(text);
  await host.catalog.commit([put('token', record, 'absent')]);
};

export const hasTokens = async (host: Host): Promise<boolean> =>
  (await host.catalog.list('token', { limit: 1 })).total > 0;

/**
 * Makes a token with a role in a domain, or in the whole installation. It may do no more than its maker, and lasts no
 * longer than the token that it is made with.
 *
 * @throws `forbidden` when it could do more; `invalid_request`
 */
export const createToken = async (
  host: Host,
  principal: Principal,
  { name, role, domain: wished, expiresInSeconds }: CreateTokenRequest,
): Promise<{ view: TokenView; text: string }> => {
  const domain = wished ?? ownDomain(principal);
  requireRights(principal, { role, domain: domain ?? undefined });
  if (domain !== null) await assertDomain(host, principal, domain);
  const { record, text } = await commitFresh(host.catalog, async () => {
    const maker = await readMaker(host, principal);
    const result = newToken(host, {
      ...{ name, role, domain },
      createdBy: principal.name,
      madeWith: maker.id,
      expiresAt: expiryOf(host, expiresInSeconds, maker),
    });
    const told = tellToken.created(host, result.record, principal);
    return { changes: [...maker.kept, put('token', result.record, 'absent'), told], result };
  });
  host.log.info('a token was created', { tokenId: record.id, role, domain, by: principal.name });
  return { view: viewToken(record, null), text };
};

const requireRights = (principal: Principal, wanted: Grant): void => {
  requirePermission(principal, 'token.write', wanted.domain ?? null);
  requireCovered(principal, [wanted], 'a token');
};

const expiryOf = (host: Host, seconds: number | undefined, { expiresAt: end }: Maker): string | null => {
  if (seconds === undefined) return end;
  const wanted = new Date(host.clock.now().getTime() + seconds * 1000).toISOString();
  if (end !== null && Date.parse(wanted) > Date.parse(end))
    throw new HoldfastError(
      'forbidden',
      `the token of this request expires at ${end}, and a token that it creates cannot last longer; choose an earlier end`,
    );
  return wanted;
};

const homeOf = ({ domain }: TokenRecord): string | null => domain ?? null;

/** @throws `not_found` when the token does not exist or belongs to a domain out of reach */
export const seenToken = async (
  host: Host,
  { grants }: Principal,
  id: string,
): Promise<Versioned<TokenRecord>> => {
  const found = await findToken(host, id);
  if (found !== undefined && reaches(grants, homeOf(found.record))) return found;
  throw new HoldfastError('not_found', `there is no token with the id "${id}"`);
};

const viewToken = (
  { hash: _, domain = null, madeWith = null, expiresAt = null, ...record }: TokenRecord,
  lastUsedAt: string | null,
): TokenView => ({ ...record, domain, madeWith, expiresAt, lastUsedAt });

const view = async (host: Host, record: TokenRecord): Promise<TokenView> =>
  viewToken(record, (await host.catalog.get('tokenUse', record.id))?.record.lastUsedAt ?? null);

/** @throws `not_found` */
export const showToken = async (host: Host, principal: Principal, id: string): Promise<TokenView> => {
  const { record } = await seenToken(host, principal, id);
  requirePermission(principal, 'token.read', homeOf(record));
  return view(host, record);
};

/** The tokens of the domains in which the principal may read them, the newest first. */
export const listTokens = async (
  host: Host,
  principal: Principal,
  page: { skip: number; limit: number },
): Promise<Page<TokenView>> => {
  const { total, records } = await listByHome(host, principal, 'token', page);
  return { ...page, total, resources: await Promise.all(records.map((one) => view(host, one))) };
};
