import { CreateStateMachineCommand, SFNClient } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { SfnEngine } from '../../../lib/hosts/aws/sfn-engine.ts';
import { type OperationKind, operationKinds } from '../../../lib/model/records.ts';
import { eventually } from '../../contract/eventually.ts';
import { sampleId } from '../../contract/sample-records.ts';
import { clientConfig } from '../../emulators/credentials.ts';
import { startMinistack } from '../../emulators/ministack.ts';
import type { Emulator } from '../../emulators/run-emulator.ts';

/**
 * What the adapter itself does. Retry, Catch and Map are the service's own, and the deployed workflows are tried with
 * them in test/aws-deploy.
 */
describe('workflow engine: Step Functions on MiniStack', () => {
  let emulator: Emulator;
  let client: SFNClient;
  let engine: SfnEngine;
  beforeAll(async () => {
    emulator = await startMinistack();
    client = new SFNClient(clientConfig(emulator.endpoint));
    const arns = await Promise.all(
      operationKinds.map(async (kind): Promise<[OperationKind, string]> => {
        const States =
          kind === 'restore'
            ? { Long: { Type: 'Wait', Seconds: 600, End: true } }
            : { Done: { Type: kind === 'verify' ? 'Fail' : 'Succeed' } };
        const { stateMachineArn = '' } = await client.send(
          new CreateStateMachineCommand({
            name: `holdfast-${kind}`,
            roleArn: 'arn:aws:iam::000000000000:role/test',
            definition: JSON.stringify({ StartAt: Object.keys(States)[0], States }),
          }),
        );
        return [kind, stateMachineArn];
      }),
    );
    const arnOf = (kind: OperationKind): string => arns.find(([name]) => name === kind)?.[1] ?? '';
    engine = new SfnEngine({
      client,
      machines: {
        backup: arnOf('backup'),
        restore: arnOf('restore'),
        verify: arnOf('verify'),
        import: arnOf('import'),
        reseal: arnOf('reseal'),
      },
    });
  });
  afterAll(async () => {
    client.destroy();
    await emulator.stop();
  });

  const ended = (operationId: string) =>
    eventually(`${operationId} ended`, async () => {
      const status = await engine.status(operationId);
      return status === 'RUNNING' ? undefined : status;
    });

  test('knows how an execution of any machine ended', async () => {
    for (const [kind, status] of [
      ['backup', 'SUCCEEDED'],
      ['verify', 'FAILED'],
    ] as const) {
      const operationId = sampleId();
      await engine.start(kind, { operationId, fence: 1 });
      expect(await ended(operationId)).toBe(status);
    }
  });

  test('knows nothing of an execution that never was, and stopping it does nothing', async () => {
    expect(await engine.status(sampleId())).toBeUndefined();
    await engine.stop(sampleId(), 'test');
  });

  test('starts an operation once, however often it is asked to, at once or later [B16]', async () => {
    const operationId = sampleId();
    const start = () => engine.start('backup', { operationId, fence: 1 });
    await Promise.all(Array.from({ length: 5 }, start));
    expect(await ended(operationId)).toBe('SUCCEEDED');
    await start();
    expect(await ended(operationId)).toBe('SUCCEEDED');
  });

  test('stops an execution within seconds, and leaves an ended one ended [B9]', async () => {
    const operationId = sampleId();
    await engine.start('restore', { operationId, fence: 1 });
    expect(await engine.status(operationId)).toBe('RUNNING');
    await engine.stop(operationId, 'cancelled by a test');
    expect(await engine.status(operationId)).toBe('ABORTED');
    await engine.stop(operationId, 'again');
    expect(await engine.status(operationId)).toBe('ABORTED');
  });
});
