import { CreateEventBusCommand, EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { CreateEmailIdentityCommand, SESv2Client } from '@aws-sdk/client-sesv2';
import { CreateTopicCommand, SNSClient } from '@aws-sdk/client-sns';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { AwsSecrets } from '../../../lib/hosts/aws/aws-secrets.ts';
import { EventBridgeNotifier } from '../../../lib/hosts/aws/eventbridge-notifier.ts';
import { SesNotifier } from '../../../lib/hosts/aws/ses-notifier.ts';
import { SnsNotifier } from '../../../lib/hosts/aws/sns-notifier.ts';
import { sampleEvent } from '../../contract/sample-records.ts';
import { clientConfig } from '../../emulators/credentials.ts';
import { startMinistack } from '../../emulators/ministack.ts';
import type { Emulator } from '../../emulators/run-emulator.ts';

/** What arrives in a mailbox or a queue is shown on the deployed installation, in test/aws-deploy. */
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

  test('an event bus takes an outcome', async () => {
    const client = new EventBridgeClient(clientConfig(emulator.endpoint));
    await client.send(new CreateEventBusCommand({ Name: 'holdfast' }));
    await new EventBridgeNotifier({ client, bus: 'holdfast' }).deliver(event);
  });

  test('SES takes an outcome from a verified sender', async () => {
    const client = new SESv2Client(clientConfig(emulator.endpoint));
    await client.send(new CreateEmailIdentityCommand({ EmailIdentity: 'holdfast@example.com' }));
    await new SesNotifier({ client, from: 'holdfast@example.com', to: ['ops@example.com'] }).deliver(event);
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
