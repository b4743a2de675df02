import { isAheadOf } from '../../model/clock-skew.ts';
import { HoldfastError } from '../../model/errors.ts';
import type { Host } from '../../ports/host.ts';

/**
 * Checks that requests can be served: the catalog answers, and the clock is not behind the last time in the catalog. It
 * touches no place of archives and no source, since a probe comes every few seconds.
 *
 * @throws `unavailable`, saying why
 */
export const assertReadyToServe = async (host: Host): Promise<void> => {
  const { last } = await host.catalog.lock();
  if (last !== undefined && isAheadOf(last.startedAt, host.clock.now().getTime()))
    throw new HoldfastError(
      'unavailable',
      `the clock of this machine says ${host.clock.now().toISOString()}, and the last operation began at ${last.startedAt}: one of the two is wrong; set the clock`,
    );
};
