import {
  CreateScheduleGroupCommand,
  DeleteScheduleCommand,
  GetScheduleCommand,
  ListSchedulesCommand,
  SchedulerClient,
} from '@aws-sdk/client-scheduler';
import { EventBridgeTimers } from '../../../../lib/adapters/aws/workflow/eventbridge-timers.ts';
import type { Timer } from '../../../../lib/ports/schedule-timers.ts';
import { describeTimers } from '../../../contract/schedule-timers.ts';
import { clientConfig } from '../../../emulators/credentials.ts';
import { startMinistack } from '../../../emulators/ministack.ts';

const arn = (service: string, resource: string) => `arn:aws:${service}:eu-central-1:000000000000:${resource}`;

/** Until its time, each timer is a schedule in the group; EventBridge Scheduler removes it after its call. */
describeTimers('EventBridge Scheduler on MiniStack', async () => {
  const emulator = await startMinistack();
  const client = new SchedulerClient(clientConfig(emulator.endpoint));
  const group = 'holdfast-trial';
  await client.send(new CreateScheduleGroupCommand({ Name: group }));
  const timers = new EventBridgeTimers({
    ...{ client, group, targetArn: arn('lambda', 'function:scheduled-backup') },
    ...{ roleArn: 'arn:aws:iam::000000000000:role/timers', deadLettersArn: arn('sqs', 'dead') },
  });
  const called: Timer[] = [];
  return {
    timers,
    wanted: [],
    calls: async (until) => {
      const { Schedules = [] } = await client.send(new ListSchedulesCommand({ GroupName: group }));
      for (const { Name } of Schedules) {
        const found = await client.send(new GetScheduleCommand({ GroupName: group, Name }));
        const { scheduleId, at, timer } = JSON.parse(found.Target?.Input ?? '');
        const timed = { scheduleId, at: new Date(at) };
        if (timer !== true || found.ScheduleExpression !== `at(${at.slice(0, 19)})`)
          throw new Error(`${Name} is set to ${found.ScheduleExpression}, and calls for ${at}`);
        if (found.ScheduleExpressionTimezone !== 'UTC' || found.ActionAfterCompletion !== 'DELETE')
          throw new Error(`${Name} is not in UTC, or stays`);
        if (timed.at > until) continue;
        called.push(timed);
        await client.send(new DeleteScheduleCommand({ GroupName: group, Name }));
      }
      return called;
    },
    close: async () => {
      client.destroy();
      await emulator.stop();
    },
  };
});
