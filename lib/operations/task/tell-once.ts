/** What stays so for hours or days, and is told when it is first seen, not with every sweep. */
import { errorCodeOf } from '../../model/errors.ts';
import { idOfText } from '../../model/ids.ts';
import type { Host } from '../../ports/host.ts';
import { type Told, tellAs } from './tell.ts';

/**
 * Tells of it, unless it was told under this name already: not before notices of then are forgotten is it told again.
 *
 * @param name what stays so and since when, such as the id of an operation; of what may pass and come again, with the day
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
    // Somebody else tells of it at this very moment.
    if (errorCodeOf(thrown) !== 'conflict') throw thrown;
  }
};

/** The day by the host's clock, in UTC: what is told once a day has it in its name. */
export const today = ({ clock }: Pick<Host, 'clock'>): string => clock.now().toISOString().slice(0, 10);
