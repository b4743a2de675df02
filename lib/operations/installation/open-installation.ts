import { put } from '../../ports/catalog.ts';
import { timestamp } from '../../ports/clock.ts';
import type { Host } from '../../ports/host.ts';
import { ensureDefaultKeys } from '../keys/backup-keys.ts';
import { verifyKeyId } from '../keys/verify-keys.ts';

/** What every start of an installation makes sure of: its default backup keys, and that it trusts its own signature. */
export const openInstallation = async (host: Host): Promise<void> => {
  await ensureDefaultKeys(host);
  const publicKey = Buffer.from(await host.vault.verifyKey()).toString('base64');
  const id = verifyKeyId(publicKey);
  if ((await host.catalog.get('verifyKey', id)) !== undefined) return;
  const record = {
    id,
    installation: host.config.installation,
    publicKey,
    own: true,
    addedAt: timestamp(host.clock),
    addedBy: 'holdfast',
  };
  await host.catalog.commit([put('verifyKey', record)]);
};
