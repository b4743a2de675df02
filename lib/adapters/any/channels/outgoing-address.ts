/** Where a request goes, as the configuration names it. */
import type { ConfiguredAddress } from '../../../model/config/notification-settings.ts';
import { DeliveryRefused } from '../../../ports/notifier.ts';
import type { Secrets } from '../../../ports/secrets.ts';

/** The URL itself. */
export const addressOf = async (address: ConfiguredAddress, secrets: Secrets): Promise<string> => {
  const text = typeof address === 'string' ? address : await secrets.resolve(address);
  // The text may be a secret: it is not repeated.
  if (!URL.canParse(text)) throw new DeliveryRefused('the address of the channel is no URL: correct it');
  return text;
};
