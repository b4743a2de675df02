/** The address of a request, as the configuration names it. */
import type { ConfiguredAddress } from '../../../model/config/notification-settings.ts';
import { DeliveryRefused } from '../../../ports/notifier.ts';
import type { Secrets } from '../../../ports/secrets.ts';

/** Returns the URL itself. */
export const addressOf = async (address: ConfiguredAddress, secrets: Secrets): Promise<string> => {
  const text = typeof address === 'string' ? address : await secrets.resolve(address);
  // The text is not repeated, because it may be a secret.
  if (!URL.canParse(text)) throw new DeliveryRefused('the address of the channel is not a URL: correct it');
  return text;
};
