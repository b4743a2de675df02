import middy from '@middy/core';
import { type HostedContext, invocationOf } from '../lib/hosts/invocation.ts';
import { sweep } from '../lib/operations/installation/sweep.ts';
import { readVitalSigns } from '../lib/operations/installation/vital-signs.ts';
import type { Host } from '../lib/ports/host.ts';

/** Every few minutes: says how the installation stands, for the alarms, then puts right what a crash may have left. */
export const handler = middy(async (_event: unknown, context: HostedContext): Promise<void> => {
  const { host } = await invocationOf(context);
  // Neither stops the other.
  try {
    await sayVitalSigns(host);
  } finally {
    await sweep(host);
  }
});

const sayVitalSigns = async (host: Host): Promise<void> => {
  const { missedSchedules, ...signs } = await readVitalSigns(host);
  // The metric filters of lib/infra/metrics.ts read these fields.
  host.log.info('vital signs', {
    ...signs,
    missedSchedules: missedSchedules.length,
    missed: missedSchedules.join(', '),
  });
};
