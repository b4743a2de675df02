/** What differs between the hosts that the acceptance suite is run on: everything else it asks over HTTP. */
import type { OperationKind } from '../../lib/model/records/operation.ts';
import type { Api } from './api.ts';

export interface AcceptanceHost {
  readonly api: Api;
  /** How long an operation may take here. */
  readonly seconds: number;
  /** The status of an answer to a wrong token, and to none. */
  readonly wrongToken: 401 | 403;
  /** The ids of the components that are backed up. */
  readonly components: readonly string[];
  /** A request for a backup that is still running when somebody looks. */
  readonly long: Readonly<Record<string, unknown>>;
  /** A component and the end of a path in it. */
  readonly listed: { readonly component: string; readonly path: string };
  /** Places for each component that hold nothing yet. */
  readonly targets: Readonly<Record<string, string>>;
  /** Fails unless the targets hold what was backed up. */
  expectRestored(): Promise<void>;
  /** The archive behind a download's answer, whole. */
  fetchArchive(url: string): Promise<Buffer>;
  /** The names of all files in the store of archives, those of unfinished uploads among them. */
  stored(): Promise<string[]>;
  /** Every mail so far, whole. */
  mails(): Promise<readonly string[]>;
  /** Tells the schedule `nightly` that its time has come. */
  fire(at: string): Promise<void>;
  /** What the workflow engine says of an operation: `SUCCEEDED`, `ABORTED`. */
  execution(kind: OperationKind, operationId: string): Promise<string | undefined>;
}

/** Waits until no operation runs. */
export const idle = ({ api }: AcceptanceHost) => api.until('/v1/status', ({ state }) => state === 'IDLE', 60);
