import { PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import { SubscribeCommand } from '@aws-sdk/client-sns';
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { Answer } from '../acceptance/api.ts';
import { idle } from '../acceptance/host.ts';
import { type MessageQueue, newQueue } from '../adapters/aws/notifiers/message-queue.ts';
import { eventually } from '../contract/eventually.ts';
import type { DeployedHost } from './installation/deployed-host.ts';

/** The first message that contains the text. */
const messageOf = (queue: MessageQueue, text: string): Promise<string> =>
  eventually(
    `a message of ${text} is in ${queue.arn}`,
    async () => (await queue.told()).find((message) => message.includes(text)),
    60_000,
  );

/** Subscribers to outcomes receive them. */
export const describeNotices = (here: () => DeployedHost): void => {
  describe('notices [K5]', () => {
    let topicQueue: MessageQueue;
    let eventQueue: MessageQueue;
    let backup: Answer['body'];

    beforeAll(async () => {
      const host = here();
      const { sqs, sns, events } = host.aws;
      [topicQueue, eventQueue] = [await newQueue(sqs, 'of-topic'), await newQueue(sqs, 'of-events')];
      const [, TopicArn] =
        Object.entries(host.deployed.outputs).find(([name]) => name.includes('OutcomesTopic')) ?? [];
      await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint: topicQueue.arn }));
      const Name = 'holdfast-outcomes';
      const EventPattern = JSON.stringify({ source: ['holdfast'], 'detail-type': ['backup.succeeded'] });
      await events.send(new PutRuleCommand({ Name, EventPattern }));
      await events.send(
        new PutTargetsCommand({ Rule: Name, Targets: [{ Id: 'queue', Arn: eventQueue.arn }] }),
      );
      await idle(host);
      const { body } = await host.api.post('/v1/backups', { label: 'told', components: ['orders'] });
      backup = await host.api.ended(`/v1/backups/${body.id}`, host.seconds);
    }, 180_000);

    test('a subscription to the topic gets the outcome, for a person to read', async () => {
      const { Subject, Message, MessageAttributes } = JSON.parse(await messageOf(topicQueue, backup.id));
      expect(Subject).toContain('trial');
      expect(Message).toContain(`backup ${backup.id}: SUCCESS`);
      expect(MessageAttributes).toMatchObject({
        type: { Value: 'backup.succeeded' },
        state: { Value: 'SUCCESS' },
      });
    });

    test('a rule on the bus gets the outcome as an event', async () => {
      expect(JSON.parse(await messageOf(eventQueue, backup.id))).toMatchObject({
        source: 'holdfast',
        'detail-type': 'backup.succeeded',
        detail: { installation: 'trial', operationId: backup.id, backupId: backup.id, state: 'SUCCESS' },
      });
    });
  });
};
