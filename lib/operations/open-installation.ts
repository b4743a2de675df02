import { createHash } from 'node:crypto';
import { put } from '../ports/catalog.ts';
import { timestamp } from '../ports/clock.ts';
import type { Host } from '../ports/host.ts';
import { ensureDefaultKeys } from './backup-keys.ts';

/** What every start of an installation makes sure of: its default backup keys, and that it trusts its own signature. */
export const openInstallation = async (host: Host): Promise<void> => {
  await ensureDefaultKeys(host);
  const publicKey = await host.vault.verifyKey();
  const id = createHash('sha256').update(publicKey).digest('hex');
  if ((await host.catalog.get('verifyKey', id)) !== undefined) return;
  const record = {
    id,
    installation: host.config.installation,
    publicKey: Buffer.from(publicKey).toString('base64'),
    own: true,
    addedAt: timestamp(host.clock),
    addedBy: 'holdfast',
  };
  await host.catalog.commit([put('verifyKey', record)]);
};
