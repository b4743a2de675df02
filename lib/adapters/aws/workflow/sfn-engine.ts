/**
 * The workflow engine on Step Functions: an execution's name is its operation's id, so the service itself starts it
 * only once.
 */
import { setTimeout as pause } from 'node:timers/promises';
import {
  DescribeExecutionCommand,
  type SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { type OperationKind, operationKinds } from '../../../model/records/operation.ts';
import type { ExecutionInput, ExecutionStatus, WorkflowEngine } from '../../../ports/workflow-engine.ts';
import { inOurWords, isAwsError } from '../sdk/aws-errors.ts';

const STOP_MILLISECONDS = 5_000;

export interface SfnEngineOptions {
  readonly client: SFNClient;
  /** The ARN of the state machine of each kind of operation. */
  readonly machineArn: (kind: OperationKind) => string;
}

export class SfnEngine implements WorkflowEngine {
  readonly #client: SFNClient;
  readonly #machineArn: (kind: OperationKind) => string;

  constructor({ client, machineArn }: SfnEngineOptions) {
    this.#client = client;
    this.#machineArn = machineArn;
  }

  async start(machine: OperationKind, input: ExecutionInput): Promise<void> {
    const command = new StartExecutionCommand({
      stateMachineArn: this.#machineArn(machine),
      name: input.operationId,
      input: JSON.stringify(input),
    });
    await inOurWords('Step Functions', async () => {
      try {
        await this.#client.send(command);
      } catch (thrown) {
        // A running execution with the same input is reported as started; this one has ended.
        if (!isAwsError(thrown, 'ExecutionAlreadyExists')) throw thrown;
      }
    });
  }

  async status(operationId: string): Promise<ExecutionStatus | undefined> {
    return (await this.#find(operationId))?.status;
  }

  /**
   * A Lambda function can't be told to stop: its work goes on to its next write, which is refused because of its fence.
   */
  async stop(operationId: string, reason: string): Promise<void> {
    const found = await this.#find(operationId);
    if (found?.status !== 'RUNNING') return;
    await inOurWords('Step Functions', () =>
      this.#client.send(
        new StopExecutionCommand({
          executionArn: found.arn,
          error: 'Stopped',
          cause: reason.slice(0, 1_000),
        }),
      ),
    );
    const end = Date.now() + STOP_MILLISECONDS;
    while ((await this.status(operationId)) === 'RUNNING' && Date.now() < end) await pause(100);
  }

  /** An operation's id does not show which machine ran it, so all are asked. */
  async #find(operationId: string): Promise<{ arn: string; status: ExecutionStatus } | undefined> {
    const arns = operationKinds.map((kind) => executionArn(this.#machineArn(kind), operationId));
    const answers = await inOurWords('Step Functions', () =>
      Promise.all(arns.map(async (arn) => ({ arn, status: await this.#describe(arn) }))),
    );
    for (const { arn, status } of answers) if (status !== undefined) return { arn, status };
    return undefined;
  }

  async #describe(arn: string): Promise<ExecutionStatus | undefined> {
    try {
      const { status } = await this.#client.send(new DescribeExecutionCommand({ executionArn: arn }));
      // An execution that waits for its redrive may go on at any time.
      return status === undefined || status === 'PENDING_REDRIVE' ? 'RUNNING' : status;
    } catch (thrown) {
      if (isAwsError(thrown, 'ExecutionDoesNotExist')) return undefined;
      throw thrown;
    }
  }
}

const executionArn = (machineArn: string, name: string): string =>
  `${machineArn.replace(':stateMachine:', ':execution:')}:${name}`;
