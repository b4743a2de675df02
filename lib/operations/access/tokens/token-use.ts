import type { Principal } from '../../../model/access/principal.ts';
import { put } from '../../../ports/catalog/catalog.ts';
import type { Host } from '../../../ports/host.ts';

const NOTED_EVERY_MILLISECONDS = 60_000;
/** The most tokens that this process remembers; the use of a forgotten one is noted once more. */
const MOST_REMEMBERED = 10_000;

/** When each use was last noted: by catalog, since a process may have several hosts, then by the token's id. */
const noted = new WeakMap<Host['catalog'], Map<string, number>>();

/**
 * Notes that a token was used, or that a person was active: at most once a minute, and after the request itself. A note
 * that fails is ignored.
 */
export const noteTokenUse = (host: Host, { id, kind, grants }: Principal): void => {
  // An issuer knows many people without a role here: nothing is stored of them.
  if ((kind !== 'token' && kind !== 'person') || grants.length === 0) return;
  const now = host.clock.now();
  const known = noted.get(host.catalog) ?? new Map<string, number>();
  noted.set(host.catalog, known);
  if (Math.abs(now.getTime() - (known.get(id) ?? Number.NEGATIVE_INFINITY)) < NOTED_EVERY_MILLISECONDS)
    return;
  if (known.size >= MOST_REMEMBERED) known.clear();
  known.set(id, now.getTime());
  setImmediate(() => void write(host, id, now.toISOString()));
};

const write = async (host: Host, tokenId: string, lastUsedAt: string): Promise<void> => {
  try {
    await host.catalog.commit([put('tokenUse', { tokenId, lastUsedAt })]);
  } catch (thrown) {
    host.log.debug('the time of use of a token could not be recorded', { reason: String(thrown) });
  }
};
