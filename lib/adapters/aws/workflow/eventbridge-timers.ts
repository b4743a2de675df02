/**
 * Timers in a schedule group of EventBridge Scheduler: each is a schedule of its own for one instant, which removes
 * itself. The group is never listed, because the right to list cannot be limited to one group.
 */
import { createHash } from 'node:crypto';
import {
  CreateScheduleCommand,
  DeleteScheduleCommand,
  type SchedulerClient,
} from '@aws-sdk/client-scheduler';
import type { ScheduleTimers, Timer } from '../../../ports/schedule-timers.ts';
import { inOurWords, isAwsError } from '../sdk/aws-errors.ts';

/** Four sweeps, so that a failing sweep delays nothing. */
const AHEAD_MILLISECONDS = 20 * 60_000;
/**
 * Seconds for which a call is tried: as long as the sweep leaves a due time to its timer. After that, the sweep has
 * handled it.
 */
const TRIED_SECONDS = 600;
const RETRIES = 20;
const AT_ONCE = 5;

export interface EventBridgeTimersOptions {
  readonly client: SchedulerClient;
  readonly group: string;
  /** The function that is called, the role that may call it, and the queue for calls that fail. */
  readonly targetArn: string;
  readonly roleArn: string;
  readonly deadLettersArn: string;
}

export class EventBridgeTimers implements ScheduleTimers {
  readonly ahead = AHEAD_MILLISECONDS;
  readonly #options: EventBridgeTimersOptions;

  constructor(options: EventBridgeTimersOptions) {
    this.#options = options;
  }

  async set(timers: readonly Timer[]): Promise<void> {
    await inOurWords('EventBridge Scheduler', () => each(timers, (timer) => this.#create(timer)));
  }

  async unset(timers: readonly Timer[]): Promise<void> {
    await inOurWords('EventBridge Scheduler', () => each(timers, (timer) => this.#remove(timerName(timer))));
  }

  async #create(timer: Timer): Promise<void> {
    const { client, group, targetArn, roleArn, deadLettersArn } = this.#options;
    const { scheduleId, at } = timer;
    const command = new CreateScheduleCommand({
      Name: timerName(timer),
      GroupName: group,
      Description: `Holdfast: the schedule ${scheduleId}, once`,
      ScheduleExpression: `at(${at.toISOString().slice(0, 19)})`,
      ScheduleExpressionTimezone: 'UTC',
      FlexibleTimeWindow: { Mode: 'OFF' },
      ActionAfterCompletion: 'DELETE',
      Target: {
        Arn: targetArn,
        RoleArn: roleArn,
        Input: JSON.stringify({ scheduleId, at: at.toISOString(), timer: true }),
        RetryPolicy: { MaximumEventAgeInSeconds: TRIED_SECONDS, MaximumRetryAttempts: RETRIES },
        DeadLetterConfig: { Arn: deadLettersArn },
      },
    });
    try {
      await client.send(command);
    } catch (thrown) {
      // The timer exists already, if the API and the sweep set it at once.
      if (!isAwsError(thrown, 'ConflictException')) throw thrown;
    }
  }

  async #remove(name: string): Promise<void> {
    const { client, group } = this.#options;
    try {
      await client.send(new DeleteScheduleCommand({ Name: name, GroupName: group }));
    } catch (thrown) {
      if (!isAwsError(thrown, 'ResourceNotFoundException')) throw thrown;
    }
  }
}

const MAX_ID = 38;

/**
 * `nightly.20261201T020000Z`, at most 64 characters: a long id is cut, and gets a hash. The same time has the same
 * name, so it is set only once.
 */
const timerName = ({ scheduleId: id, at }: Timer): string => {
  const short =
    id.length <= MAX_ID
      ? id
      : `${id.slice(0, MAX_ID - 9)}-${createHash('sha256').update(id).digest('hex').slice(0, 8)}`;
  return `${short}.${at.toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`;
};

/**
 * Acts on a few at once: the service allows some tens of calls a second. A failure does not stop the others.
 *
 * @throws the first failure, after all have ended
 */
const each = async <T>(all: readonly T[], act: (one: T) => Promise<void>): Promise<void> => {
  const left = [...all];
  const failures: unknown[] = [];
  const work = async (): Promise<void> => {
    for (let one = left.shift(); one !== undefined; one = left.shift())
      await act(one).catch((thrown: unknown) => failures.push(thrown));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  if (failures.length > 0) throw failures[0];
};
