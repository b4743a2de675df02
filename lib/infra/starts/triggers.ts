/**
 * The callers of the triggers' function: a rule of EventBridge for each trigger on events, one subscription for each
 * topic.
 */
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

/** How long EventBridge tries to call. Afterwards the event begins nothing, and goes to the dead-letter queue. */
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
      // A rule needs a pattern; this one is replaced by the unchanged pattern of the trigger.
      eventPattern: { source: ['any'] },
      targets: [
        new LambdaFunction(target, {
          // Not the event itself: it may be large, and may contain private data.
          event: RuleTargetInput.fromObject({ triggerId: id, eventId: EventField.eventId }),
          deadLetterQueue,
          maxEventAge: TRIED,
          retryAttempts: 185,
        }),
      ],
    });
    const { defaultChild } = rule.node;
    if (!(defaultChild instanceof CfnRule))
      throw new TypeError(`the trigger "${id}" has no event pattern: give it one`);
    defaultChild.eventPattern = pattern;
  }
}
