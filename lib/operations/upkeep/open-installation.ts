import { HoldfastError } from '../../model/errors.ts';
import { put } from '../../ports/catalog/catalog.ts';
import { everyRecord } from '../../ports/catalog/every-record.ts';
import { timestamp } from '../../ports/clock.ts';
import type { Host } from '../../ports/host.ts';
import { ensureDefaultKeys } from '../keys/backup-keys.ts';
import { verifyKeyId } from '../keys/verify-keys.ts';

/**
 * Makes sure at every start that an installation has its first name and its default backup keys, and trusts its own
 * signature.
 *
 * @throws `config_invalid` under another name
 */
export const openInstallation = async (host: Host): Promise<void> => {
  await refuseOtherName(host);
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

/** Every backup key was wrapped with the installation's name: under another name, none of them would open. */
const refuseOtherName = async (host: Host): Promise<void> => {
  const { installation: name } = host.config;
  for await (const { own, installation } of everyRecord(host, 'verifyKey', {}))
    if (own && installation !== name)
      throw new HoldfastError(
        'config_invalid',
        `this installation began as "${installation}", and the configuration now calls it "${name}": with another name none of its backup keys would open; set "installation" to "${installation}" again, or start a new installation in another data folder and upload keys and archives there`,
      );
};
