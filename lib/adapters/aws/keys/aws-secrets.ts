/** Reads secrets by their names in Secrets Manager, or from the function's environment. */
import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { ownValue } from '../../../archive/own-value.ts';
import type { SecretReference } from '../../../model/components/common-settings.ts';
import { HoldfastError } from '../../../model/errors.ts';
import type { Secrets } from '../../../ports/secrets.ts';
import { fromAws, isAwsError, isDenied } from '../sdk/aws-errors.ts';

export interface AwsSecretsOptions {
  readonly client: SecretsManagerClient;
  /** @default the process's environment */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

export class AwsSecrets implements Secrets {
  readonly #client: SecretsManagerClient;
  readonly #env: Readonly<Record<string, string | undefined>>;

  constructor({ client, env = process.env }: AwsSecretsOptions) {
    this.#client = client;
    this.#env = env;
  }

  /** A secret is read anew each time, so that a rotated one is used at once. */
  async resolve(reference: SecretReference): Promise<string> {
    if ('secretsManager' in reference) return this.#fromService(reference.secretsManager);
    if ('file' in reference)
      throw unavailable(
        `the secret file ${reference.file} cannot be read on AWS, where functions do not have your files: put the secret into Secrets Manager and name it: {"secretsManager": "name or ARN"}`,
      );
    const value = ownValue(this.#env, reference.env);
    if (value === undefined || value === '')
      throw unavailable(
        `the variable ${reference.env} is not set in this function: set it, or better use a secret: {"secretsManager": "name or ARN"}`,
      );
    return value;
  }

  async #fromService(name: string): Promise<string> {
    try {
      const { SecretString, SecretBinary } = await this.#client.send(
        new GetSecretValueCommand({ SecretId: name }),
      );
      const value = SecretString ?? Buffer.from(SecretBinary ?? []).toString('utf8');
      if (value !== '') return value;
      throw unavailable(`the secret ${name} is empty: write its value`);
    } catch (thrown) {
      if (isAwsError(thrown, 'ResourceNotFoundException'))
        throw unavailable(`there is no secret ${name} in Secrets Manager: make it, or name another`, thrown);
      if (isAwsError(thrown, 'InvalidRequestException', 'DecryptionFailure') || isDenied(thrown))
        throw unavailable(
          `the secret ${name} may not be read (${Object(thrown).message}): grant this function secretsmanager:GetSecretValue on it`,
          thrown,
        );
      throw fromAws(thrown, 'Secrets Manager');
    }
  }
}

const unavailable = (message: string, cause?: unknown): HoldfastError =>
  new HoldfastError('component_unavailable', message, { cause });
