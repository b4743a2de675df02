import { createHash, randomBytes } from 'node:crypto';
import { HoldfastError } from '../../model/errors.ts';
import { newId } from '../../model/ids.ts';
import type { Principal } from '../../model/principal.ts';
import { put } from '../../ports/catalog.ts';
import { timestamp } from '../../ports/clock.ts';
import type { Host } from '../../ports/host.ts';

/** Tells a Holdfast token from other secrets, for people and for scanners. */
const TOKEN_PREFIX = 'hft_';

const hashOf = (token: string): string => createHash('sha256').update(token).digest('hex');

/**
 * Makes a token and hands its text over, this once: only a hash is kept. It counts from when `deliver` has resolved, so
 * that no token is ever valid that nobody was told.
 */
export const createToken = async (
  host: Host,
  { name, createdBy }: { name: string; createdBy: string },
  deliver: (token: string) => void | Promise<void>,
): Promise<void> => {
  // 256 random bits need no slow hash: there is nothing to guess.
  const token = `${TOKEN_PREFIX}${randomBytes(32).toString('base64url')}`;
  const record = {
    id: newId('token'),
    hash: hashOf(token),
    name,
    role: 'administrator' as const,
    createdAt: timestamp(host.clock),
    createdBy,
  };
  await deliver(token);
  await host.catalog.commit([put('token', record, 'absent')]);
};

export const hasTokens = async (host: Host): Promise<boolean> =>
  (await host.catalog.list('token', { limit: 1 })).total > 0;

/** Who sends this `Authorization` header. @throws `unauthorized` */
export const authenticate = async (host: Host, authorization: string | undefined): Promise<Principal> => {
  const [, token] = /^Bearer +(\S+)$/i.exec(authorization ?? '') ?? [];
  if (token === undefined)
    throw new HoldfastError('unauthorized', 'send an administrator token: Authorization: Bearer <token>');
  const found = await host.catalog.get('token', hashOf(token));
  if (found === undefined)
    throw new HoldfastError('unauthorized', 'this token is not known to this installation');
  return { name: found.record.name, role: found.record.role };
};
