import type { Host } from '../../ports/host.ts';
import { lanesOf } from './channels-of.ts';
import { type DrainOptions, deliverLane } from './deliver-lane.ts';
import { handOut } from './hand-out.ts';

/**
 * Hands out what is in the outbox, and makes every delivery that is due, all channels at the same time. No notice is
 * lost by a crash or a mail server that is down; a channel may get a notice twice.
 *
 * @returns how many deliveries were made, and how many wait
 */
export const notify = async (
  host: Host,
  options: DrainOptions = {},
): Promise<{ delivered: number; waiting: number }> => {
  await handOut(host, options.signal);
  const lanes = await Promise.allSettled(lanesOf(host).map((lane) => deliverLane(host, lane, options)));
  const failed = lanes.find((lane) => lane.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  const { total: waiting } = await host.catalog.list('delivery', { group: 'waiting', limit: 0 });
  const delivered = lanes.reduce((sum, lane) => sum + (lane.status === 'fulfilled' ? lane.value : 0), 0);
  return { delivered, waiting };
};
