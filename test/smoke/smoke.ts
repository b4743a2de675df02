/** What the checks of the smoke test use: a deployed installation and its account. */
import type { FunctionName } from '../../lib/infra/functions/function-table.ts';
import type { Api } from '../acceptance/api.ts';
import type { AwsClients } from '../aws-deploy/installation/aws-clients.ts';

/** A question to IAM: whether one function's role may do something. */
export interface Simulated {
  readonly functionName: FunctionName;
  readonly action: string;
  readonly resource: string;
  /** Condition keys with the values that a request would have. */
  readonly context: Readonly<Record<string, string>>;
}

export interface Smoke {
  readonly api: Api;
  /** The URL at which browsers find the API; the page is below it. */
  readonly pageUrl: string;
  readonly aws: AwsClients;
  /** The maximum duration of an operation in seconds. */
  readonly seconds: number;
  /** The source of the component `uploads`; contains `sourceObjects`. */
  readonly sourceBucket: string;
  /** The source of the component `orders`; has items and point-in-time recovery. */
  readonly sourceTable: string;
  readonly targetBucket: string;
  readonly targetTable: string;
  /** The installation's own bucket for archives. */
  readonly archiveBucket: string;
  /** The topic of the trigger `asked`. */
  readonly topicArn: string;
  /** The address that SES notifies; undefined when there is none. */
  readonly mail: string | undefined;
  readonly wrapKeyArn: string;
  /** Limits a function to this many seconds while `work` runs. */
  withLimit<T>(seconds: number, functionName: FunctionName, work: () => Promise<T>): Promise<T>;
  /** IAM's answer: a simulation of the role's own policies. */
  simulate(asked: Simulated): Promise<'allowed' | 'denied'>;
}

export interface SmokeCheck {
  readonly id: string;
  /** What the check shows that no emulator can show. */
  readonly shows: string;
  /** The calls that the check makes, for the plan of a dry run. */
  readonly calls: readonly string[];
  /** Whether the check also runs on MiniStack, as far as MiniStack supports it. */
  readonly onEmulator: boolean;
  /** @returns what was found. @throws Error that names the difference */
  run(smoke: Smoke): Promise<string>;
}
