import { Stack, type StackProps, Tags } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Config } from '../model/config.ts';
import { Component, RestoreTarget } from './component.ts';
import { Holdfast } from './holdfast.ts';
import { HoldfastStore, type HoldfastStoreProps } from './holdfast-store.ts';
import type { Mail } from './outcomes.ts';

export interface InstallationStacks {
  /** Catalog, archives, keys: what is retained. */
  readonly state: Stack;
  /** All the rest: may be destroyed and deployed again. */
  readonly service: Stack;
  readonly holdfast: Holdfast;
}

/** A configuration as two stacks. */
export const installationStacks = (
  scope: Construct,
  config: Config,
  { env, ...store }: HoldfastStoreProps & Pick<StackProps, 'env'> = {},
): InstallationStacks => {
  const name = `holdfast-${config.installation.replaceAll(/[._]/g, '-')}`;
  const stackProps = env === undefined ? {} : { env };
  const state = new Stack(scope, `${name}-state`, {
    ...stackProps,
    description: 'Holdfast: catalog, archives and keys',
    terminationProtection: store.disposable !== true,
  });
  const service = new Stack(scope, `${name}-service`, {
    ...stackProps,
    description: 'Holdfast: functions, workflows and API',
  });
  for (const stack of [state, service]) Tags.of(stack).add('holdfast', config.installation);
  const { notifications, components, aws, $schema: _, ...settings } = config;
  const { buckets = [], tables = [] } = aws?.restoreTargets ?? {};
  const { email } = notifications;
  const holdfast = new Holdfast(service, 'Holdfast', {
    ...settings,
    components: components.map((each) => Component.fromSettings(service, each)),
    restoreTargets: [
      ...buckets.map((bucket) => RestoreTarget.bucketNamed(service, bucket)),
      ...tables.map((table) => RestoreTarget.tableNamed(service, table)),
    ],
    store: new HoldfastStore(state, 'Store', store),
    ...(email !== undefined && { email: mailOf(email) }),
  });
  return { state, service, holdfast };
};

const mailOf = ({ to, from }: NonNullable<Config['notifications']['email']>): Mail => {
  if (from === undefined)
    throw new Error(
      'notifications.email needs "from" on AWS: an address that is verified in SES, or of a domain that is',
    );
  return { to, from };
};
