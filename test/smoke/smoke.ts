/** What the checks of the smoke test work with: an installation that is deployed, and the account beside it. */
import type { FunctionName } from '../../lib/infra/functions/function-table.ts';
import type { Api } from '../acceptance/api.ts';
import type { AwsClients } from '../aws-deploy/installation/aws-clients.ts';

/** A question to IAM: what one function's role may do. */
export interface Simulated {
  readonly functionName: FunctionName;
  readonly action: string;
  readonly resource: string;
  /** Condition keys, with what a request would have there. */
  readonly context: Readonly<Record<string, string>>;
}

export interface Smoke {
  readonly api: Api;
  /** Where browsers find the API, and the page below it. */
  readonly pageUrl: string;
  readonly aws: AwsClients;
  /** How long an operation may take here, in seconds. */
  readonly seconds: number;
  /** Holds `sourceObjects`; the component `uploads`. */
  readonly sourceBucket: string;
  /** Has items and point-in-time recovery; the component `orders`. */
  readonly sourceTable: string;
  readonly targetBucket: string;
  readonly targetTable: string;
  /** The installation's own. */
  readonly archiveBucket: string;
  /** Of the trigger `asked`. */
  readonly topicArn: string;
  /** An address that is told by SES; undefined: none is. */
  readonly mail: string | undefined;
  readonly wrapKeyArn: string;
  /** Gives a function so many seconds, for as long as `work` takes. */
  withLimit<T>(seconds: number, functionName: FunctionName, work: () => Promise<T>): Promise<T>;
  /** What IAM says of it: a simulation of the role's own policies. */
  simulate(asked: Simulated): Promise<'allowed' | 'denied'>;
}

export interface SmokeCheck {
  readonly id: string;
  /** What no emulator shows. */
  readonly shows: string;
  /** The calls it makes, for the plan of a dry run. */
  readonly calls: readonly string[];
  /** Whether MiniStack can be asked the same, as far as it goes. */
  readonly onEmulator: boolean;
  /** @returns what was found. @throws Error that says what differs */
  run(smoke: Smoke): Promise<string>;
}
