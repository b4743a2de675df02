import { existsSync } from 'node:fs';
import { Duration, Stack } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, Code, Function as LambdaFunction, Runtime, Tracing } from 'aws-cdk-lib/aws-lambda';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import type { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { acknowledge } from '../acknowledge.ts';
import { functionsFolder } from '../packaged.ts';
import { type FunctionName, rowOf } from './function-table.ts';

export interface InstallationFunctionProps {
  readonly functionName: FunctionName;
  readonly logGroup: LogGroup;
  readonly environment: Readonly<Record<string, string>>;
  /** For a function that events call: the queue for calls that failed for good. */
  readonly deadLetters?: IQueue;
}

/**
 * One function of an installation: sized by the table of functions, with its own role, which at first can only write
 * the function's log.
 */
export class InstallationFunction extends LambdaFunction {
  constructor(
    scope: Construct,
    id: string,
    { functionName, logGroup, environment, deadLetters }: InstallationFunctionProps,
  ) {
    const { description, memoryMb, timeoutSeconds } = rowOf(functionName);
    // The managed policy is not used, since it allows writing to every log group of the account.
    const role = new Role(scope, `${id}Role`, { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    logGroup.grantWrite(role);
    super(scope, id, {
      code: functionsCode(Stack.of(scope)),
      handler: `${functionName}.handler`,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      description: `Holdfast: ${description}`,
      memorySize: memoryMb,
      timeout: Duration.seconds(timeoutSeconds),
      role,
      logGroup,
      tracing: Tracing.DISABLED,
      environment: { ...environment },
      ...(deadLetters !== undefined && { onFailure: new SqsDestination(deadLetters), retryAttempts: 2 }),
    });
    acknowledge(this, {
      'AwsSolutions-L1': 'nodejs24.x is the runtime the product is built for and tested on.',
    });
  }

  /** Gives the function a right on named resources. */
  may(...statements: readonly PolicyStatement[]): void {
    // A copy: a statement belongs to one policy.
    for (const statement of statements) this.addToRolePolicy(statement.copy());
  }

  allow(actions: readonly string[], resources: readonly string[], conditions?: Record<string, object>): void {
    this.addToRolePolicy(
      new PolicyStatement({
        actions: [...actions],
        resources: [...resources],
        ...(conditions !== undefined && { conditions }),
      }),
    );
  }
}

/**
 * The code of all functions: one asset, of which each loads its own entry and what that imports.
 *
 * @throws Error in a checkout that has not bundled them
 */
const functionsCode = (stack: Stack): Code => {
  // Nothing of this stack will be deployed, as in `cdk list`, so any code is accepted.
  if (!stack.bundlingRequired) return Code.fromInline('// not bundled');
  if (!existsSync(functionsFolder))
    throw new Error(`there are no functions in ${functionsFolder}: bundle them with "npm run bundle"`);
  return Code.fromAsset(functionsFolder);
};
