/** Where outcomes are told: a topic, mail, and the account's event bus. */
import { ArnFormat, Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';

/** The `source` of our events on the bus. */
export const EVENT_SOURCE = 'holdfast';

export interface Mail {
  readonly to: readonly string[];
  /** Verified in SES, itself or its domain. */
  readonly from: string;
}

export interface OutcomesProps {
  readonly installation: string;
  readonly email: Mail | undefined;
}

export class Outcomes extends Construct {
  readonly topic: Topic;
  readonly eventBusName = 'default';
  /** The rights of whoever drains the outbox. */
  readonly statements: PolicyStatement[];

  constructor(scope: Construct, id: string, { installation, email }: OutcomesProps) {
    super(scope, id);
    this.topic = new Topic(this, 'Topic', { displayName: `Holdfast ${installation}`, enforceSSL: true });
    const stack = Stack.of(this);
    this.statements = [
      new PolicyStatement({ actions: ['sns:Publish'], resources: [this.topic.topicArn] }),
      new PolicyStatement({
        actions: ['events:PutEvents'],
        resources: [
          stack.formatArn({ service: 'events', resource: 'event-bus', resourceName: this.eventBusName }),
        ],
        conditions: { StringEquals: { 'events:source': EVENT_SOURCE } },
      }),
    ];
    if (email !== undefined) this.statements.push(this.#mail(email));
  }

  #mail({ to, from }: Mail): PolicyStatement {
    // An address is verified by itself or by its domain; while the account is in the SES sandbox, recipients too.
    const identities = new Set(
      [from, ...to].flatMap((address) => [address, address.slice(address.indexOf('@') + 1)]),
    );
    return new PolicyStatement({
      actions: ['ses:SendEmail'],
      resources: [...identities].map((resourceName) =>
        Stack.of(this).formatArn({
          service: 'ses',
          resource: 'identity',
          resourceName,
          arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
        }),
      ),
      conditions: { StringEquals: { 'ses:FromAddress': from } },
    });
  }
}
