import { everyRecord } from '../../../ports/catalog/every-record.ts';
import type { Host } from '../../../ports/host.ts';
import { isAdministrator } from './other-administrator.ts';

/** An event names so many at most. */
const MOST = 50;

/**
 * The addresses of all who administer the whole installation: they are told of what may be a theft, whatever the rules of the
 * configuration say. For `tell`.
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
