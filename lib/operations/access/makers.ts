import type { Principal } from '../../model/access/principal.ts';
import type { Host } from '../../ports/host.ts';

/** A chain of tokens is no longer than this; one that is longer was not made by us. */
const LONGEST_CHAIN = 100;

/**
 * The ids of whom a token was made with, of whom that was made with, and so on, up to the first that is no token. Whoever
 * else asks acts for themselves. A token of 0.1.0 has no maker.
 */
export const makersOf = async (
  { catalog }: Pick<Host, 'catalog'>,
  { id, kind }: Pick<Principal, 'id' | 'kind'>,
): Promise<string[]> => {
  const makers: string[] = [];
  let next: string | null = kind === 'token' ? id : null;
  while (next !== null && makers.length < LONGEST_CHAIN) {
    next = (await catalog.get('token', next))?.record.madeWith ?? null;
    if (next !== null) makers.push(next);
  }
  return makers;
};
