/** The address that a schedule of the API calls after each run: kept encrypted by the key service. */
import type { KeptPing } from '../../model/schedules/schedule.ts';
import type { Host } from '../../ports/host.ts';
import type { EncryptionContext } from '../../ports/key-vault.ts';

/** lib/infra/functions/rights/grant-rights.ts lets only the functions that tell people decrypt it. */
const contextOf = ({ config }: Pick<Host, 'config'>, schedule: string): EncryptionContext => ({
  purpose: 'schedule-ping',
  installation: config.installation,
  schedule,
});

export const keepPing = async (
  host: Pick<Host, 'config' | 'vault'>,
  scheduleId: string,
  address: string,
): Promise<KeptPing> => {
  const wrapped = await host.vault.wrap(Buffer.from(address), contextOf(host, scheduleId));
  return { host: new URL(address).host, wrapped: Buffer.from(wrapped).toString('base64') };
};

/** @throws `wrong_key` where another key service encrypted it */
export const openPing = async (
  host: Pick<Host, 'config' | 'vault'>,
  scheduleId: string,
  { wrapped }: KeptPing,
): Promise<string> =>
  Buffer.from(
    await host.vault.unwrap(Buffer.from(wrapped, 'base64'), contextOf(host, scheduleId)),
  ).toString();
