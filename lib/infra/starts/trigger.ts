/** Triggers begin backups in a CDK app, beside people and schedules. */
import { Token } from 'aws-cdk-lib';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { SecretReference } from '../../model/components/common-settings.ts';
import {
  type EventPattern,
  type TriggerSettings,
  triggerSchema,
} from '../../model/config/trigger-settings.ts';

export interface TriggerOptions {
  /**
   * The label of the trigger's backups.
   *
   * @default backup
   */
  readonly label?: string;
  /**
   * The ids of the components to back up.
   *
   * @default all components
   */
  readonly components?: readonly string[];
  /**
   * How long an event waits for another operation to end, 1440 at most; then it is recorded as refused.
   *
   * @default 0: it is refused at once, and recorded
   */
  readonly waitMinutes?: number;
}

/** A trigger: an event, topic or signed request that begins a backup. Made by its static methods. */
export class Trigger {
  readonly settings: TriggerSettings;
  /** The topic to subscribe to. */
  readonly topic: ITopic | undefined;

  private constructor(settings: TriggerSettings, topic?: ITopic) {
    this.settings = settings;
    this.topic = topic;
  }

  /**
   * An event on the account's default bus.
   *
   * @param pattern In EventBridge's own JSON: `{ source: ['aws.codepipeline'], 'detail-type': [...] }`.
   * @throws ZodError for a pattern without sources, or one that matches Holdfast's own events
   */
  static event(id: string, pattern: EventPattern, options: TriggerOptions = {}): Trigger {
    return new Trigger(triggerSchema.parse({ id, kind: 'event', pattern, ...options }));
  }

  /** A message on a topic of this app, or on an imported one. FIFO topics cannot call functions. */
  static topic(id: string, topic: ITopic, options: TriggerOptions = {}): Trigger {
    if (topic.fifo)
      throw new Error(
        `the topic of trigger "${id}" is a FIFO topic, which cannot call functions: name a standard topic`,
      );
    // A name that is known only at deployment is a token here, which no schema accepts.
    const topicArn = Token.isUnresolved(topic.topicArn) ? PLACE_OF_TOKEN : topic.topicArn;
    const settings = triggerSchema.parse({ id, kind: 'topic', topicArn, ...options });
    return new Trigger({ ...settings, kind: 'topic', topicArn: topic.topicArn }, topic);
  }

  /** A request to `POST /v1/triggers/ID`, signed by Standard Webhooks with any of these secrets. */
  static webhook(id: string, secrets: readonly SecretReference[], options: TriggerOptions = {}): Trigger {
    return new Trigger(triggerSchema.parse({ id, kind: 'webhook', secrets, ...options }));
  }

  /** A trigger in the form of holdfast.config.json. */
  static fromSettings(settings: TriggerSettings, topic: (arn: string) => ITopic): Trigger {
    return new Trigger(settings, settings.kind === 'topic' ? topic(settings.topicArn) : undefined);
  }
}

const PLACE_OF_TOKEN = 'arn:aws:sns:us-east-1:111122223333:topic';
