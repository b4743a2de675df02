import { everyRecord } from '../../../ports/catalog/every-record.ts';
import type { Host } from '../../../ports/host.ts';
import { isAdministrator } from './other-administrator.ts';

/** The most addresses that an event names. */
const MOST = 50;

/**
 * The mail addresses of all administrators of the whole installation, for `tell`: they are told of a possible theft,
 * whatever the rules of the configuration say.
 */
export const toAdministrators = async (
  host: Pick<Host, 'catalog'>,
  also: string | null = null,
): Promise<{ readonly alsoTo?: string[] }> => {
  const mails = new Set(also === null ? [] : [also]);
  for await (const person of everyRecord(host, 'person'))
    if (person.mail !== null && isAdministrator(person) && mails.size < MOST) mails.add(person.mail);
  return mails.size === 0 ? {} : { alsoTo: [...mails] };
};
