/** Tells of conditions that last for hours or days once, when they are first seen, not with every sweep. */
import { errorCodeOf } from '../../model/errors.ts';
import { idOfText } from '../../model/ids.ts';
import type { Host } from '../../ports/host.ts';
import { type Told, tellAs } from './tell.ts';

/**
 * Tells of a condition, unless it was told under this name already. It is told again only after that notice is
 * forgotten.
 *
 * @param name the condition and its beginning, such as the id of an operation; with the day, for a condition that may
 * end and return
 */
export const tellOnce = async (
  host: Pick<Host, 'catalog' | 'config' | 'clock'>,
  name: string,
  told: Told,
): Promise<void> => {
  const id = idOfText('event', `${told.type} ${name}`);
  for (const kind of ['notice', 'event'] as const)
    if ((await host.catalog.get(kind, id)) !== undefined) return;
  try {
    await host.catalog.commit([tellAs(host, id, told)]);
  } catch (thrown) {
    // Another process is telling of it at this moment.
    if (errorCodeOf(thrown) !== 'conflict') throw thrown;
  }
};

/** The day by the host's clock, in UTC: the name of a condition that is told once a day contains it. */
export const today = ({ clock }: Pick<Host, 'clock'>): string => clock.now().toISOString().slice(0, 10);
