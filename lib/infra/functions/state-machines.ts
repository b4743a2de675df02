/** statemachines/*.asl.json as state machines: the same files that the embedded host runs. */
import { readFileSync } from 'node:fs';
import { ArnFormat, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Policy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { DefinitionBody, LogLevel, StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { type OperationKind, operationKinds } from '../../model/records/operation.ts';
import { definitionsFolder } from '../packaged.ts';
import { asFunctionName, type FunctionName, functionOfDefinition } from './function-table.ts';
import type { InstallationFunction } from './installation-function.ts';

/** A state machine for each kind of operation. */
export const machineKinds = operationKinds;

/** A state machine's name is fixed, so that functions and machines can name each other without a circle. */
export const machineName = (installation: string, kind: OperationKind): string =>
  `${machineNamePrefix(installation)}${kind}`;

const machineNamePrefix = (installation: string): string => `holdfast-${installation.replaceAll('.', '-')}-`;

export const machineArn = (scope: Construct, installation: string, kind: OperationKind): string =>
  `${machineArnPrefix(scope, installation)}${kind}`;

/** The ARN of every state machine of an installation, up to the kind of operation at its end. */
export const machineArnPrefix = (scope: Construct, installation: string): string =>
  Stack.of(scope).formatArn({
    service: 'states',
    resource: 'stateMachine',
    resourceName: machineNamePrefix(installation),
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });

/** Every execution of a machine, as a resource of a policy. */
export const executionsOf = (scope: Construct, installation: string, kind: OperationKind): string =>
  Stack.of(scope).formatArn({
    service: 'states',
    resource: 'execution',
    resourceName: `${machineName(installation, kind)}:*`,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });

export const readDefinition = (kind: OperationKind): string =>
  readFileSync(`${definitionsFolder}${kind}.asl.json`, 'utf8');

const PLACEHOLDER = /\$\{(\w+)FunctionArn\}/g;

/**
 * The functions that a definition calls: `${AcquireLockFunctionArn}` is acquire-lock. @throws for an unknown function
 */
export const functionsOf = (definition: string): Map<string, FunctionName> => {
  const found = new Map<string, FunctionName>();
  for (const [, name = ''] of definition.matchAll(PLACEHOLDER)) {
    const functionName = functionOfDefinition(name);
    if (functionName === undefined)
      throw new Error(
        `a state machine calls \${${name}FunctionArn}, and lib/infra/functions/rows has no function "${asFunctionName(name)}"`,
      );
    found.set(`${name}FunctionArn`, functionName);
  }
  return found;
};

/** How many items a definition's Maps work on at once: the only value that a host may change. */
const withConcurrency = (definition: string, concurrency: number): string =>
  JSON.stringify(
    JSON.parse(definition, (name, value: unknown) => (name === 'MaxConcurrency' ? concurrency : value)),
  );

export interface OperationMachineProps {
  readonly kind: OperationKind;
  readonly installation: string;
  readonly functions: Readonly<Record<FunctionName, InstallationFunction>>;
  readonly concurrency: number;
  readonly logRetention: RetentionDays;
}

/** One workflow, which may call only its own functions. */
export class OperationMachine extends StateMachine {
  constructor(scope: Construct, id: string, props: OperationMachineProps) {
    const { kind, installation, functions, concurrency, logRetention } = props;
    const definition = readDefinition(kind);
    const called = functionsOf(definition);
    const arns = Object.fromEntries(
      [...called].map(([name, functionName]) => [name, functions[functionName].functionArn]),
    );
    const logGroup = new LogGroup(scope, `${id}Log`, {
      logGroupName: `/aws/vendedlogs/states/${machineName(installation, kind)}`,
      retention: logRetention,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    super(scope, id, {
      stateMachineName: machineName(installation, kind),
      comment: `Holdfast: ${kind}`,
      definitionBody: DefinitionBody.fromString(withConcurrency(definition, concurrency)),
      definitionSubstitutions: arns,
      tracingEnabled: true,
      // Logs all events without their data: that is cheap, and cdk-nag asks for it.
      logs: { destination: logGroup, level: LogLevel.ALL, includeExecutionData: false },
    });
    this.addToRolePolicy(
      new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: Object.values(arns) }),
    );
    if (definition.includes('"DISTRIBUTED"')) this.#allowMapRuns(installation, kind);
  }

  /**
   * A distributed Map starts its items as executions of the machine itself. This is a separate policy, since the
   * machine depends on its role's own policy.
   */
  #allowMapRuns(installation: string, kind: OperationKind): void {
    const policy = new Policy(this, 'MapRuns', {
      statements: [
        new PolicyStatement({
          actions: ['states:StartExecution'],
          resources: [machineArn(this, installation, kind)],
        }),
        new PolicyStatement({
          actions: ['states:DescribeExecution', 'states:StopExecution', 'states:RedriveExecution'],
          resources: [
            executionsOf(this, installation, kind),
            executionsOf(this, installation, kind).replace(/:\*$/, '/*'),
          ],
        }),
      ],
    });
    policy.attachToRole(this.role);
  }
}
