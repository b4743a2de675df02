/** What calls the function of triggers: a rule of EventBridge for each that hears events, one subscription for each topic. */
import { Duration } from 'aws-cdk-lib';
import { CfnRule, EventField, Rule, RuleTargetInput } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { LambdaSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { InstallationFunction } from '../functions/installation-function.ts';
import type { Trigger } from './trigger.ts';

export interface BackupTriggersProps {
  readonly triggers: readonly Trigger[];
  readonly target: InstallationFunction;
  readonly deadLetters: IQueue;
}

/** EventBridge tries so long to call; what comes later begins nothing, and lies in the dead-letter queue. */
const TRIED = Duration.hours(24);

export class BackupTriggers extends Construct {
  constructor(scope: Construct, id: string, { triggers, target, deadLetters }: BackupTriggersProps) {
    super(scope, id);
    for (const { settings } of triggers)
      if (settings.kind === 'event') this.#hear(settings, target, deadLetters);
    const topics = new Map(
      triggers.flatMap(({ topic }) => (topic === undefined ? [] : [[topic.topicArn, topic]])),
    );
    for (const topic of topics.values())
      topic.addSubscription(new LambdaSubscription(target, { deadLetterQueue: deadLetters }));
  }

  #hear(
    { id, pattern }: Extract<Trigger['settings'], { kind: 'event' }>,
    target: InstallationFunction,
    deadLetterQueue: IQueue,
  ): void {
    const rule = new Rule(this, id, {
      description: `Holdfast: the trigger ${id}`,
      // Without one a rule cannot be made; the pattern itself is put in its place as it is written.
      eventPattern: { source: ['any'] },
      targets: [
        new LambdaFunction(target, {
          // Not the event itself: it may be large, and hold what is nobody's concern.
          event: RuleTargetInput.fromObject({ triggerId: id, eventId: EventField.eventId }),
          deadLetterQueue,
          maxEventAge: TRIED,
          retryAttempts: 185,
        }),
      ],
    });
    const { defaultChild } = rule.node;
    if (!(defaultChild instanceof CfnRule)) throw new TypeError(`the rule of trigger "${id}" has no pattern`);
    defaultChild.eventPattern = pattern;
  }
}
