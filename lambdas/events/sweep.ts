import middy from '@middy/core';
import { withOperations } from '../../lib/operations/kinds.ts';
import { notify } from '../../lib/operations/notices/notify.ts';
import { keepSchedules } from '../../lib/operations/schedules/keep-schedules.ts';
import { sayStanding } from '../../lib/operations/upkeep/say-standing.ts';
import { sweep } from '../../lib/operations/upkeep/sweep.ts';
import { readVitalSigns } from '../../lib/operations/upkeep/vital-signs.ts';
import type { Host } from '../../lib/ports/host.ts';
import { type HostedContext, invocationOf } from '../../lib/runtimes/lambda/invocation.ts';

/**
 * Runs every few minutes: logs the state of the installation, for the alarms, then repairs what a crash may have left.
 */
export const handler = middy(async (_event: unknown, context: HostedContext): Promise<void> => {
  const host = withOperations((await invocationOf(context)).host);
  const remainingMilliseconds = (): number => context.getRemainingTimeInMillis();
  // A failure of one does not stop the others.
  const failures: unknown[] = [];
  for (const step of [
    () => sayVitalSigns(host),
    () => keepSchedules(host),
    () => sweep(host, { tell: (each) => notify(each, { remainingMilliseconds }) }),
    () => sayStanding(host),
  ])
    await step().catch((thrown: unknown) => failures.push(thrown));
  if (failures.length > 0) throw failures[0];
});

const sayVitalSigns = async (host: Host): Promise<void> => {
  const { missedSchedules, ...signs } = await readVitalSigns(host);
  // The metric filters of lib/infra/watch/metrics.ts read these fields.
  host.log.info('vital signs', {
    ...signs,
    missedSchedules: missedSchedules.length,
    missed: missedSchedules.join(', '),
  });
};
