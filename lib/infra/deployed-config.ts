/**
 * The configuration as the functions read it. The names that CloudFormation gives to buckets and tables of this app are
 * known only while it deploys: so it passes the configuration, filled in, to a function that checks and keeps it.
 */
import { CustomResource, Duration, Stack, Token } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import type { Config } from '../model/config/config.ts';
import { PRODUCT_VERSION } from '../model/version.ts';
import type { InstallationFunction } from './functions/installation-function.ts';

/** The most characters of a configuration: a Lambda event of 256 KB must hold it as a JSON text within a JSON text. */
const LONGEST_CONFIG = 200_000;

/** The longest name of a table or a bucket. */
const LONGEST_NAME = 255;

/**
 * The greatest length of the configuration in the event, with the longest possible text for every name that is not
 * known yet.
 */
const longestTextOf = (config: Config): number => {
  const text = JSON.stringify(config, (_name, value: unknown) =>
    typeof value === 'string' && Token.isUnresolved(value) ? 'x'.repeat(LONGEST_NAME) : value,
  );
  return JSON.stringify(text).length;
};

export interface DeployedConfigProps {
  readonly config: Config;
  /** The function that keeps the configuration. */
  readonly configure: InstallationFunction;
}

export class DeployedConfig extends Construct {
  /** The configuration's key in the store's bucket. Another configuration has another key. */
  readonly key: string;

  constructor(scope: Construct, id: string, { config, configure }: DeployedConfigProps) {
    super(scope, id);
    const length = longestTextOf(config);
    if (length > LONGEST_CONFIG)
      throw new Error(
        `the configuration has ${length} bytes, and at most ${LONGEST_CONFIG} can be deployed: divide its components between two installations`,
      );
    const resource = new CustomResource(this, 'Resource', {
      resourceType: 'Custom::HoldfastConfiguration',
      serviceToken: configure.functionArn,
      serviceTimeout: Duration.seconds(300),
      properties: {
        Config: Stack.of(this).toJsonString(config),
        // Each version of Holdfast checks again that it understands the configuration.
        Version: PRODUCT_VERSION,
      },
    });
    // The function's rights must exist before it is called.
    if (configure.role !== undefined) resource.node.addDependency(configure.role);
    this.key = resource.getAttString('Key');
  }
}
