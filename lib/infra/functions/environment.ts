import type { Construct } from 'constructs';
import type { AwsEnvironment } from '../../model/aws-environment.ts';
import type { IHoldfastStore } from '../store/holdfast-store.ts';
import type { Mail, Outcomes } from '../watch/outcomes.ts';
import { machineArnPrefix } from './state-machines.ts';

export interface EnvironmentProps {
  readonly installation: string;
  readonly store: IHoldfastStore;
  readonly outcomes: Outcomes;
  readonly email: Mail | undefined;
  /** The configuration's key in the store's bucket. */
  readonly configKey: string;
}

/** The environment of every function; lib/adapters/aws reads it by the same schema. */
export const environmentOf = (
  scope: Construct,
  { installation, store, outcomes, email, configKey }: EnvironmentProps,
) =>
  ({
    ...storeEnvironmentOf(store),
    HOLDFAST_WRAP_KEY_ARN: store.wrapKey.keyArn,
    HOLDFAST_SIGN_KEY_ARN: store.signKey.keyArn,
    HOLDFAST_MACHINE_ARN_PREFIX: machineArnPrefix(scope, installation),
    HOLDFAST_CONFIG_KEY: configKey,
    HOLDFAST_TOPIC_ARN: outcomes.topic.topicArn,
    HOLDFAST_EVENT_BUS: outcomes.eventBusName,
    ...(email !== undefined && { HOLDFAST_MAIL_FROM: email.from }),
  }) satisfies AwsEnvironment;

/** The environment of the function that keeps the configuration: there is no configuration yet. */
export const storeEnvironmentOf = (store: IHoldfastStore) =>
  ({
    HOLDFAST_TABLE: store.table.tableName,
    HOLDFAST_BUCKET: store.bucket.bucketName,
  }) satisfies Partial<AwsEnvironment>;
