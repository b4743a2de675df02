/** The configuration's schedules on EventBridge Scheduler. */
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
import type { ScheduleSettings } from '../model/config.ts';
import { eventBridgeCron } from '../model/eventbridge-cron.ts';
import type { DutyFunction } from './duty-function.ts';

export interface BackupSchedulesProps {
  readonly installation: string;
  readonly schedules: readonly ScheduleSettings[];
  readonly target: DutyFunction;
  readonly deadLetters: IQueue;
}

export class BackupSchedules extends Construct {
  constructor(scope: Construct, id: string, props: BackupSchedulesProps) {
    super(scope, id);
    const { installation, schedules, target, deadLetters } = props;
    if (schedules.length === 0) return;
    const scheduleGroup = new ScheduleGroup(this, 'Group', {
      scheduleGroupName: `holdfast-${installation}`,
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
          // A backup that begins hours late is a missed one, and the alarm says so.
          maxEventAge: Duration.hours(1),
          retryAttempts: 20,
        }),
      });
    }
  }

  /** May call the one function, and put what could not be delivered aside. Not a version of it, as the target's own role could. */
  #role(target: DutyFunction, deadLetters: IQueue): IRole {
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
