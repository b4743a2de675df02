import type { Principal } from '../../model/access/principal.ts';
import type { Host } from '../../ports/host.ts';

/** The longest chain of tokens, each made with the one before; Holdfast makes no longer one. */
const LONGEST_CHAIN = 100;

/**
 * The ids of a token's maker, of that maker's maker, and so on, up to the first that is not a token. A caller without a
 * token acts for themselves. A token of 0.1.0 has no maker.
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
