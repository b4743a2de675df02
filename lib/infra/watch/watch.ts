/** Makes sure from outside the workflows that every operation ends and the lock is freed, whatever happens. */
import { Duration } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { InstallationFunction } from '../functions/installation-function.ts';
import { machineArn, machineKinds } from '../functions/state-machines.ts';
import { SWEEP_PERIOD } from './metrics.ts';

export interface WatchProps {
  readonly installation: string;
  readonly executionEnded: InstallationFunction;
  readonly sweep: InstallationFunction;
  readonly deadLetters: IQueue;
}

export class Watch extends Construct {
  constructor(scope: Construct, id: string, props: WatchProps) {
    super(scope, id);
    const { installation, executionEnded, sweep, deadLetterQueue } = {
      ...props,
      deadLetterQueue: props.deadLetters,
    };
    new Rule(this, 'ExecutionEnded', {
      description:
        'Holdfast: an execution was stopped, failed or timed out, and may not have released the lock',
      eventPattern: {
        source: ['aws.states'],
        detailType: ['Step Functions Execution Status Change'],
        detail: {
          status: ['FAILED', 'TIMED_OUT', 'ABORTED'],
          // Executions of a distributed Map's items have the Map's label here, and are excluded.
          stateMachineArn: machineKinds.map((kind) => machineArn(this, installation, kind)),
        },
      },
      targets: [
        new LambdaFunction(executionEnded, {
          deadLetterQueue,
          maxEventAge: Duration.hours(1),
          retryAttempts: 10,
        }),
      ],
    });
    new Rule(this, 'Sweep', {
      description: 'Holdfast: repair what a crash may have left, and report the state of the installation',
      schedule: Schedule.rate(SWEEP_PERIOD),
      // The next sweep is the retry.
      targets: [new LambdaFunction(sweep, { deadLetterQueue, maxEventAge: SWEEP_PERIOD, retryAttempts: 0 })],
    });
  }
}
