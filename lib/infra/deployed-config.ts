/**
 * The configuration as the functions read it. Names that CloudFormation makes, of buckets and tables of this app, are
 * known only while it deploys: so it hands the configuration, filled in, to a function that checks and keeps it.
 */
import { CustomResource, Duration, Stack, Token } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import type { Config } from '../model/config/config.ts';
import { PRODUCT_VERSION } from '../model/version.ts';
import type { InstallationFunction } from './functions/installation-function.ts';

/** What Lambda takes as an event, of 256 KB, has to hold it as a JSON text within a JSON text. */
const LONGEST_CONFIG = 200_000;

/** The longest name of a table or a bucket. */
const LONGEST_NAME = 255;

/** How long it is in the event at most, every name that is not known yet as long as one may be. */
const longestTextOf = (config: Config): number => {
  const text = JSON.stringify(config, (_name, value: unknown) =>
    typeof value === 'string' && Token.isUnresolved(value) ? 'x'.repeat(LONGEST_NAME) : value,
  );
  return JSON.stringify(text).length;
};

export interface DeployedConfigProps {
  readonly config: Config;
  /** The function that keeps it. */
  readonly configure: InstallationFunction;
}

export class DeployedConfig extends Construct {
  /** Where in the store's bucket it is. Another configuration has another key. */
  readonly key: string;

  constructor(scope: Construct, id: string, { config, configure }: DeployedConfigProps) {
    super(scope, id);
    const length = longestTextOf(config);
    if (length > LONGEST_CONFIG)
      throw new Error(
        `the configuration has ${length} bytes, and ${LONGEST_CONFIG} can be deployed: make two installations of it, each with components of its own`,
      );
    const resource = new CustomResource(this, 'Resource', {
      resourceType: 'Custom::HoldfastConfiguration',
      serviceToken: configure.functionArn,
      serviceTimeout: Duration.seconds(300),
      properties: {
        Config: Stack.of(this).toJsonString(config),
        // Each version looks anew whether the configuration is one that it understands.
        Version: PRODUCT_VERSION,
      },
    });
    // Its rights, too, have to be there.
    if (configure.role !== undefined) resource.node.addDependency(configure.role);
    this.key = resource.getAttString('Key');
  }
}
