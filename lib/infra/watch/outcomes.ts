/** Where outcomes are told: by a topic, by mail, and on the account's event bus. */
import { ArnFormat, Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { EVENT_SOURCE } from '../../model/config/trigger-settings.ts';

export interface Mail {
  readonly to: readonly string[];
  /** The sender's address. It, its domain, or a domain above that must be verified in SES. */
  readonly from: string;
  /**
   * The default configuration set of this identity, if it has one: SES requires a right on it, too.
   *
   * @default none
   */
  readonly configurationSet?: string;
}

export interface OutcomesProps {
  readonly installation: string;
  readonly email: Mail | undefined;
  /** Names or ARNs in Secrets Manager of the secrets that channels need. */
  readonly secrets: readonly string[];
}

export class Outcomes extends Construct {
  readonly topic: Topic;
  readonly eventBusName = 'default';
  /** The rights of a function that drains the outbox. */
  readonly statements: PolicyStatement[];

  constructor(scope: Construct, id: string, { installation, email, secrets }: OutcomesProps) {
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
    this.statements.push(...readingSecrets(this, secrets));
  }

  #mail({ to, from, configurationSet }: Mail): PolicyStatement {
    // While the account is in the SES sandbox, recipients need the right, too.
    const identities = new Set([from, ...to].flatMap(identitiesOf));
    const arnOf = (resource: string, resourceName: string): string =>
      Stack.of(this).formatArn({
        service: 'ses',
        resource,
        resourceName,
        arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
      });
    return new PolicyStatement({
      actions: ['ses:SendEmail'],
      resources: [
        ...[...identities].map((identity) => arnOf('identity', identity)),
        ...(configurationSet === undefined ? [] : [arnOf('configuration-set', configurationSet)]),
      ],
      conditions: { StringEquals: { 'ses:FromAddress': from } },
    });
  }
}

/**
 * The right to read secrets by name or ARN; empty when there are none. Secrets Manager ends each ARN with six
 * characters of its own.
 */
export const readingSecrets = (scope: Construct, names: readonly string[]): PolicyStatement[] => {
  const arnOf = (resourceName: string): string =>
    Stack.of(scope).formatArn({
      service: 'secretsmanager',
      resource: 'secret',
      resourceName: `${resourceName}-??????`,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
  if (names.length === 0) return [];
  return [
    new PolicyStatement({
      actions: ['secretsmanager:GetSecretValue'],
      resources: names.map((name) => (name.startsWith('arn:') ? name : arnOf(name))),
    }),
  ];
};

/**
 * The identities that may be verified in SES for an address: itself, its domain, or one above that, down to two labels.
 */
const identitiesOf = (address: string): string[] => {
  const labels = address.slice(address.indexOf('@') + 1).split('.');
  const domains = labels
    .slice(0, Math.max(1, labels.length - 1))
    .map((_, index) => labels.slice(index).join('.'));
  return [address, ...domains];
};
