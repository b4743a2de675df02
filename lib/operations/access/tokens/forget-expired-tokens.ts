import { everyRecord } from '../../../ports/catalog/every-record.ts';
import { placementOf } from '../../../ports/catalog/placement.ts';
import type { Host } from '../../../ports/host.ts';
import { audited } from '../../audit/act.ts';
import { bySystem, doneBySystem } from '../../audit/system.ts';

/** How long a token stays listed after its end, for somebody who asks why a request was refused. */
const EXPIRED_KEPT_DAYS = 30;
const DAY = 24 * 3600_000;

/** Removes tokens that ended long ago, and writes that into the audit trail. For the sweep. */
export const forgetExpiredTokens = async (host: Host): Promise<void> => {
  const before = host.clock.now().getTime() - EXPIRED_KEPT_DAYS * DAY;
  const expired = await Array.fromAsync(everyRecord(host, 'token'));
  for (const token of expired) {
    if (token.expiresAt == null || Date.parse(token.expiresAt) > before) continue;
    await audited(
      host,
      {
        principal: bySystem('tokens'),
        action: 'token.forget',
        subject: `tokens/${token.id}`,
        domains: token.domain == null ? [] : [token.domain],
        note: `it expired at ${token.expiresAt}`,
      },
      () =>
        host.catalog.commit([
          { remove: 'token', id: placementOf('token', token).id },
          { remove: 'tokenUse', id: token.id },
        ]),
      () => doneBySystem(true),
    );
  }
};
