import { randomUUID } from 'node:crypto';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { CreateStateMachineCommand, SFNClient } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { SfnEngine } from '../../../../lib/adapters/aws/workflow/sfn-engine.ts';
import type { OperationKind } from '../../../../lib/model/records/operation.ts';
import { eventually } from '../../../contract/eventually.ts';
import { sampleId } from '../../../contract/sample-records.ts';
import { describeWorkflowEngine } from '../../../contract/workflow-engine.ts';
import { clientConfig } from '../../../emulators/credentials.ts';
import { startMinistack } from '../../../emulators/ministack.ts';
import type { Emulator } from '../../../emulators/run-emulator.ts';
import { openTaskLambdas } from './task-lambdas.ts';

const newMachine = async (client: SFNClient, name: string, definition: string): Promise<string> => {
  const { stateMachineArn = '' } = await client.send(
    new CreateStateMachineCommand({ name, roleArn: 'arn:aws:iam::000000000000:role/test', definition }),
  );
  return stateMachineArn;
};

/**
 * The contract suite, with functions that Lambda runs, shows that an operation starts only once however often
 * it is requested [B16]. These tests cover what the adapter does across several machines.
 */
describe('Step Functions on MiniStack', () => {
  let emulator: Emulator;
  let client: SFNClient;
  let lambda: LambdaClient;
  let engine: SfnEngine;
  beforeAll(async () => {
    emulator = await startMinistack();
    client = new SFNClient(clientConfig(emulator.endpoint));
    lambda = new LambdaClient(clientConfig(emulator.endpoint));
    const machineOf = (kind: OperationKind): Promise<string> => {
      const States =
        kind === 'restore'
          ? { Long: { Type: 'Wait', Seconds: 600, End: true } }
          : { Done: { Type: kind === 'verify' ? 'Fail' : 'Succeed' } };
      const definition = JSON.stringify({ StartAt: Object.keys(States)[0], States });
      return newMachine(client, `holdfast-${kind}`, definition);
    };
    const machines = {
      backup: await machineOf('backup'),
      restore: await machineOf('restore'),
      verify: await machineOf('verify'),
      import: await machineOf('import'),
      reseal: await machineOf('reseal'),
    };
    engine = new SfnEngine({ client, machineArn: (kind) => machines[kind] });
  });
  afterAll(async () => {
    client.destroy();
    lambda.destroy();
    await emulator.stop();
  });

  describeWorkflowEngine('SFN', async (definition, functions) => {
    const { arns, close } = await openTaskLambdas(lambda, functions);
    const placed = JSON.stringify(definition).replaceAll(
      /\$\{(\w+)FunctionArn\}/g,
      (_, name: string) => arns.get(name) ?? '',
    );
    const backup = await newMachine(client, `contract-${randomUUID()}`, placed);
    const none = `${backup}-none`;
    const machineArn = (kind: OperationKind): string => (kind === 'backup' ? backup : none);
    return { engine: new SfnEngine({ client, machineArn }), close };
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
