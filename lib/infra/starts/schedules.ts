/** EventBridge Scheduler: the configuration's schedules, and the group for the timers that are set at run time. */
import { Duration, RemovalPolicy, Stack, TimeZone } from 'aws-cdk-lib';
import { type IRole, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  ContextAttribute,
  Schedule,
  ScheduleExpression,
  ScheduleGroup,
  ScheduleTargetInput,
} from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { AwsEnvironment } from '../../model/aws-environment.ts';
import type { ScheduleSettings } from '../../model/config/config.ts';
import { eventBridgeCron } from '../../model/schedules/eventbridge-cron.ts';
import type { InstallationFunction } from '../functions/installation-function.ts';

export interface BackupSchedulesProps {
  readonly installation: string;
  readonly schedules: readonly ScheduleSettings[];
  readonly target: InstallationFunction;
  /** The functions that set timers at run time, in this group only. */
  readonly setters: readonly InstallationFunction[];
  readonly deadLetters: IQueue;
}

export class BackupSchedules extends Construct {
  constructor(scope: Construct, id: string, props: BackupSchedulesProps) {
    super(scope, id);
    const { installation, schedules, target, setters, deadLetters } = props;
    const scheduleGroupName = `holdfast-${installation}`;
    const scheduleGroup = new ScheduleGroup(this, 'Group', {
      scheduleGroupName,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const role = this.#role(target, deadLetters);
    for (const settings of schedules) {
      new Schedule(this, settings.id, {
        description: `Holdfast: the schedule ${settings.id}`,
        scheduleGroup,
        enabled: settings.enabled,
        schedule: ScheduleExpression.expression(
          eventBridgeCron(settings.cron),
          TimeZone.of(settings.timeZone),
        ),
        target: new LambdaInvoke(target, {
          role,
          input: ScheduleTargetInput.fromObject({
            scheduleId: settings.id,
            at: ContextAttribute.scheduledTime,
          }),
          deadLetterQueue: deadLetters,
          // How long a start is tried: a backup that would begin hours late counts as missed, and raises the alarm.
          maxEventAge: Duration.hours(1),
          retryAttempts: 20,
        }),
      });
    }
    for (const setter of setters) this.#letSet(setter, { scheduleGroupName, role, target, deadLetters });
  }

  /** Allows timers in the one group, which call the one function with the one role. */
  #letSet(
    setter: InstallationFunction,
    props: { scheduleGroupName: string; role: IRole; target: InstallationFunction; deadLetters: IQueue },
  ): void {
    const { scheduleGroupName, role, target, deadLetters } = props;
    const variables = {
      HOLDFAST_TIMER_GROUP: scheduleGroupName,
      HOLDFAST_TIMER_TARGET_ARN: target.functionArn,
      HOLDFAST_TIMER_ROLE_ARN: role.roleArn,
      HOLDFAST_TIMER_DEAD_LETTERS_ARN: deadLetters.queueArn,
    } satisfies Partial<AwsEnvironment>;
    for (const [name, value] of Object.entries(variables)) setter.addEnvironment(name, value);
    const timers = Stack.of(this).formatArn({
      service: 'scheduler',
      resource: 'schedule',
      resourceName: `${scheduleGroupName}/*`,
    });
    setter.allow(['scheduler:CreateSchedule', 'scheduler:DeleteSchedule'], [timers]);
    setter.allow(['iam:PassRole'], [role.roleArn], {
      StringEquals: { 'iam:PassedToService': 'scheduler.amazonaws.com' },
    });
  }

  /**
   * A role that may call the one function, and put undelivered calls into the queue. Unlike the target's own role, it
   * may not call versions of the function.
   */
  #role(target: InstallationFunction, deadLetters: IQueue): IRole {
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    });
    role.addToPolicy(
      new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [target.functionArn] }),
    );
    role.addToPolicy(
      new PolicyStatement({ actions: ['sqs:SendMessage'], resources: [deadLetters.queueArn] }),
    );
    return role.withoutPolicyUpdates();
  }
}
