import {
  CreateEventBusCommand,
  EventBridgeClient,
  PutRuleCommand,
  PutTargetsCommand,
} from '@aws-sdk/client-eventbridge';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { CreateEmailIdentityCommand, SESv2Client } from '@aws-sdk/client-sesv2';
import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as z from 'zod';
import { AwsSecrets } from '../../../../lib/adapters/aws/keys/aws-secrets.ts';
import { EventBridgeNotifier } from '../../../../lib/adapters/aws/notifiers/eventbridge-notifier.ts';
import { SesNotifier } from '../../../../lib/adapters/aws/notifiers/ses-notifier.ts';
import { SnsNotifier } from '../../../../lib/adapters/aws/notifiers/sns-notifier.ts';
import { EVENT_SOURCE } from '../../../../lib/model/config/trigger-settings.ts';
import { describeNotifier } from '../../../contract/notifier.ts';
import { sampleEvent } from '../../../contract/sample-records.ts';
import { describeSecrets } from '../../../contract/secrets.ts';
import { clientConfig } from '../../../emulators/credentials.ts';
import { startMinistack } from '../../../emulators/ministack.ts';
import type { Emulator } from '../../../emulators/run-emulator.ts';
import { newQueue } from './message-queue.ts';

/** The answer of MiniStack's `/_ministack/ses/messages`: the sent mails by account. */
const mailSchema = z.object({ messages: z.record(z.string(), z.array(z.unknown())) });

describe('notices and secrets on MiniStack', () => {
  let emulator: Emulator;
  beforeAll(async () => {
    emulator = await startMinistack();
  });
  afterAll(() => emulator.stop());

  const event = sampleEvent({ shortError: 'Grüße – über hundert Zeichen lang, '.repeat(5), state: 'FAILED' });

  test('a topic takes an outcome whose subject is long and not ASCII, and one that is not there does not', async () => {
    const client = new SNSClient(clientConfig(emulator.endpoint));
    const { TopicArn: topicArn = '' } = await client.send(new CreateTopicCommand({ Name: 'outcomes' }));
    await new SnsNotifier({ client, topicArn }).deliver(event);
    await expect(new SnsNotifier({ client, topicArn: `${topicArn}-none` }).deliver(event)).rejects.toThrow();
  });

  describeNotifier('SNS', async () => {
    const client = new SNSClient(clientConfig(emulator.endpoint));
    const sqs = new SQSClient(clientConfig(emulator.endpoint));
    const queue = await newQueue(sqs, 'of-topic');
    const { TopicArn: topicArn = '' } = await client.send(new CreateTopicCommand({ Name: 'told' }));
    await client.send(new SubscribeCommand({ TopicArn: topicArn, Protocol: 'sqs', Endpoint: queue.arn }));
    return {
      notifier: new SnsNotifier({ client, topicArn }),
      told: queue.told,
      close: async () => {
        client.destroy();
        sqs.destroy();
      },
    };
  });

  describeNotifier('EventBridge', async () => {
    const client = new EventBridgeClient(clientConfig(emulator.endpoint));
    const sqs = new SQSClient(clientConfig(emulator.endpoint));
    const queue = await newQueue(sqs, 'of-events');
    const EventBusName = 'holdfast';
    await client.send(new CreateEventBusCommand({ Name: EventBusName }));
    const Rule = 'outcomes';
    const EventPattern = JSON.stringify({ source: [EVENT_SOURCE], 'detail-type': ['backup.succeeded'] });
    await client.send(new PutRuleCommand({ Name: Rule, EventBusName, EventPattern }));
    const Targets = [{ Id: 'queue', Arn: queue.arn }];
    await client.send(new PutTargetsCommand({ Rule, EventBusName, Targets }));
    return {
      notifier: new EventBridgeNotifier({ client, bus: EventBusName }),
      told: queue.told,
      close: async () => {
        client.destroy();
        sqs.destroy();
      },
    };
  });

  describeNotifier('SES', async () => {
    const client = new SESv2Client(clientConfig(emulator.endpoint));
    const from = 'holdfast@example.com';
    await client.send(new CreateEmailIdentityCommand({ EmailIdentity: from }));
    return {
      notifier: new SesNotifier({ client, from, to: ['ops@example.com'] }),
      told: async () => {
        const answer = await fetch(`${emulator.endpoint}/_ministack/ses/messages`);
        const { messages } = mailSchema.parse(await answer.json());
        return Object.values(messages).flatMap((mails) => mails.map((mail) => JSON.stringify(mail)));
      },
      close: async () => client.destroy(),
    };
  });

  describeSecrets('Secrets Manager', async () => {
    const client = new SecretsManagerClient(clientConfig(emulator.endpoint));
    const value = 'postgres://app:hush@db/app';
    await client.send(new CreateSecretCommand({ Name: 'app/contract', SecretString: value }));
    return {
      secrets: new AwsSecrets({ client }),
      known: { reference: { secretsManager: 'app/contract' }, value },
      unknown: { secretsManager: 'app/other' },
      close: async () => client.destroy(),
    };
  });

  test('a secret is read by its name; a missing one, and a file, are told apart and never shown', async () => {
    const client = new SecretsManagerClient(clientConfig(emulator.endpoint));
    await client.send(new CreateSecretCommand({ Name: 'app/url', SecretString: 'postgres://u:p@h/d' }));
    const secrets = new AwsSecrets({ client, env: { APP_URL: 'from the environment' } });
    expect(await secrets.resolve({ secretsManager: 'app/url' })).toBe('postgres://u:p@h/d');
    expect(await secrets.resolve({ env: 'APP_URL' })).toBe('from the environment');
    for (const reference of [{ secretsManager: 'none' }, { env: 'NONE' }, { file: '/etc/secret' }])
      await expect(secrets.resolve(reference)).rejects.toMatchObject({ code: 'component_unavailable' });
  });
});
