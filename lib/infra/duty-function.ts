import { Duration } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, Runtime, Tracing } from 'aws-cdk-lib/aws-lambda';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import { type ICommandHooks, NodejsFunction, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs';
import type { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { acknowledge } from './acknowledge.ts';
import { bundleSegmentWorker, entryOf, esbuildSettings, holdToBudget, projectRoot } from './bundling.ts';
import { writeConfigFile } from './config-file.ts';
import { type Duty, type DutyName, duties } from './duties.ts';

export interface DutyFunctionProps {
  readonly duty: DutyName;
  readonly logGroup: LogGroup;
  readonly environment: Readonly<Record<string, string>>;
  /** The configuration, to lie beside the code. */
  readonly configText: string;
  /** For a function that events call: where a call that failed for good goes. */
  readonly deadLetters?: IQueue;
}

/**
 * One duty as a function: bundled, sized by the table of duties, with a role of its own that can write its log and
 * nothing else until it is given more.
 */
export class DutyFunction extends NodejsFunction {
  constructor(
    scope: Construct,
    id: string,
    { duty, logGroup, environment, configText, deadLetters }: DutyFunctionProps,
  ) {
    const { description, memoryMb, timeoutSeconds, ...size }: Duty = duties[duty];
    // Not the managed policy, which allows writing to every log group of the account.
    const role = new Role(scope, `${id}Role`, { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    logGroup.grantWrite(role);
    super(scope, id, {
      entry: entryOf(duty),
      handler: 'handler',
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
      projectRoot,
      depsLockFilePath: `${projectRoot}package-lock.json`,
      bundling: {
        format: OutputFormat.ESM,
        minify: true,
        keepNames: true,
        bundleAwsSDK: true,
        target: esbuildSettings.target,
        mainFields: [...esbuildSettings.mainFields],
        banner: esbuildSettings.banner,
        commandHooks: hooksOf(size, configText),
      },
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

const hooksOf = (
  { segments, budgetKb }: Pick<Duty, 'segments' | 'budgetKb'>,
  configText: string,
): ICommandHooks => ({
  beforeInstall: () => [],
  beforeBundling: () => [],
  afterBundling: (_inputFolder, outputFolder) => [
    ...(segments === true ? [bundleSegmentWorker(outputFolder)] : []),
    writeConfigFile(configText, outputFolder),
    holdToBudget(outputFolder, budgetKb),
  ],
});
