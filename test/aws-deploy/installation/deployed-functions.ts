/** Calls the functions of a deployed installation without the API, and changes their configuration. */
import {
  type FunctionConfiguration,
  GetFunctionConfigurationCommand,
  InvokeCommand,
  type LambdaClient,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { apiFunctionNames } from '../../../lambdas/api-handlers.ts';
import type { FunctionName } from '../../../lib/infra/functions/function-table.ts';
import type { DeployedInstallation } from './deployed-installation.ts';

/** Code that a function loads before its own and that kills it, so that no catch and no `finally` runs. */
const KILLER = `
  import { subscribe } from 'node:diagnostics_channel';
  subscribe('http.client.request.start', ({ request }) => {
    if (request.method === 'PUT') process.kill(process.pid, 'SIGKILL');
  });`;

type Configuration = Pick<FunctionConfiguration, 'Timeout' | 'Environment'>;

export class DeployedFunctions {
  readonly #lambda: LambdaClient;
  readonly #deployed: DeployedInstallation;

  constructor(lambda: LambdaClient, deployed: DeployedInstallation) {
    this.#lambda = lambda;
    this.#deployed = deployed;
  }

  /** The function's environment variables. */
  async variablesOf(functionName: FunctionName): Promise<Readonly<Record<string, string>>> {
    const FunctionName = await this.#deployed.functionNamed(functionName);
    const { Environment } = await this.#lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
    return Environment?.Variables ?? {};
  }

  /**
   * Makes the functions that answer requests read the configuration at this key. The functions of workflow
   * steps keep their warm processes.
   */
  async tellConfigKey(key: string): Promise<void> {
    const answering = [...apiFunctionNames, 'authorizer', 'admin-token'] as const;
    await Promise.all(
      answering.map(async (functionName) => {
        const Variables = { ...(await this.variablesOf(functionName)), HOLDFAST_CONFIG_KEY: key };
        const FunctionName = await this.#deployed.functionNamed(functionName);
        await this.#lambda.send(
          new UpdateFunctionConfigurationCommand({ FunctionName, Environment: { Variables } }),
        );
      }),
    );
  }

  /** Limits a function to this many seconds while `work` runs. */
  withLimit<T>(seconds: number, functionName: FunctionName, work: () => Promise<T>): Promise<T> {
    return this.#configured(functionName, () => ({ Timeout: seconds }), work);
  }

  /** Kills a function by SIGKILL whenever it starts to store something, while `work` runs. */
  whileKilled<T>(functionName: FunctionName, work: () => Promise<T>): Promise<T> {
    const NODE_OPTIONS = `--import=data:text/javascript,${encodeURIComponent(KILLER)}`;
    const killed = ({ Environment }: Configuration): Configuration => ({
      Environment: { Variables: { ...Environment?.Variables, NODE_OPTIONS } },
    });
    return this.#configured(functionName, killed, work);
  }

  async #configured<T>(
    functionName: FunctionName,
    changed: (before: Configuration) => Configuration,
    work: () => Promise<T>,
  ): Promise<T> {
    const FunctionName = await this.#deployed.functionNamed(functionName);
    const { Timeout, Environment } = await this.#lambda.send(
      new GetFunctionConfigurationCommand({ FunctionName }),
    );
    const set = (configuration: Configuration) =>
      this.#lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, ...configuration }));
    await set(changed({ Timeout, Environment }));
    try {
      return await work();
    } finally {
      await set({ Timeout, Environment });
    }
  }

  /** Calls a function, and returns its result or its error's message. */
  async invoke(functionName: FunctionName, payload: unknown): Promise<{ failed: boolean; text: string }> {
    const FunctionName = await this.#deployed.functionNamed(functionName);
    const { FunctionError, Payload } = await this.#lambda.send(
      new InvokeCommand({ FunctionName, Payload: JSON.stringify(payload) }),
    );
    return { failed: FunctionError !== undefined, text: Buffer.from(Payload ?? []).toString() };
  }

  /** Calls a function. @throws Error with the function's message when it fails */
  async succeed(functionName: FunctionName, payload: object): Promise<void> {
    const { failed, text } = await this.invoke(functionName, payload);
    if (failed) throw new Error(`${functionName} failed: ${text}`);
  }
}
