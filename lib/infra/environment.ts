import type { Construct } from 'constructs';
import type { AwsEnvironment } from '../model/aws-environment.ts';
import { CONFIG_FILE } from './config-file.ts';
import type { HoldfastStore } from './holdfast-store.ts';
import type { Mail, Outcomes } from './outcomes.ts';
import { machineArn } from './state-machines.ts';

export interface EnvironmentProps {
  readonly installation: string;
  readonly store: HoldfastStore;
  readonly outcomes: Outcomes;
  readonly email: Mail | undefined;
}

/** What every function is told of where it runs; lib/hosts/aws reads it by the same schema. */
export const environmentOf = (scope: Construct, { installation, store, outcomes, email }: EnvironmentProps) =>
  ({
    HOLDFAST_TABLE: store.table.tableName,
    HOLDFAST_BUCKET: store.bucket.bucketName,
    HOLDFAST_WRAP_KEY_ARN: store.wrapKey.keyArn,
    HOLDFAST_SIGN_KEY_ARN: store.signKey.keyArn,
    HOLDFAST_BACKUP_MACHINE_ARN: machineArn(scope, installation, 'backup'),
    HOLDFAST_RESTORE_MACHINE_ARN: machineArn(scope, installation, 'restore'),
    HOLDFAST_VERIFY_MACHINE_ARN: machineArn(scope, installation, 'verify'),
    HOLDFAST_IMPORT_MACHINE_ARN: machineArn(scope, installation, 'import'),
    HOLDFAST_RESEAL_MACHINE_ARN: machineArn(scope, installation, 'reseal'),
    HOLDFAST_CONFIG_FILE: CONFIG_FILE,
    HOLDFAST_TOPIC_ARN: outcomes.topic.topicArn,
    HOLDFAST_EVENT_BUS: outcomes.eventBusName,
    ...(email !== undefined && { HOLDFAST_MAIL_FROM: email.from }),
  }) satisfies AwsEnvironment;
