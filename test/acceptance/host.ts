/** What differs between the hosts that the acceptance suite is run on: everything else it asks over HTTP. */
import type { OperationKind } from '../../lib/model/records/operation.ts';
import type { Catalog } from '../../lib/ports/catalog/catalog.ts';
import type { Api } from './api.ts';

/** Everything that an installation of the suite has, and that requests name. */
export const setup = {
  domains: ['root', 'north'],
  /** Whoever holds this may send messages to the trigger `deployed`. */
  triggerSecret: `whsec_${Buffer.alloc(32, 7).toString('base64')}`,
  /** What is to be done after a restore of `uploads`. */
  afterRestore: 'restart the web server',
  /** What lies in `north` from the start. */
  north: { 'a.txt': 'of north', 'docs/b.txt': 'bee', 'docs/c.txt': 'sea' },
} as const;

/** What every configuration of the suite says in the same words. */
export const settings = {
  domains: setup.domains,
  retention: { labels: { pruned: { keepLast: 1 } } },
  notifications: {
    rules: [{ events: ['*'], channels: ['*'] }],
    requesterDomains: ['example.org'],
    baseUrl: 'https://backups.example.com',
  },
} as const;

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
  /** Where the components `uploads` and `north` are captured from, as a target names it. `north` is of the domain north. */
  readonly sources: Readonly<Record<'uploads' | 'north', string>>;
  /** For `backupPath`: one beside the installation's own, one that the configuration does not name, one that takes nothing. */
  readonly places: { readonly other: string; readonly unknown: string; readonly unwritable: string };
  /** Whether a restored tree of files has its symbolic links. */
  readonly hasLinks: boolean;
  /** The URL by which people far away reach it, without a slash at its end. */
  readonly publicUrl: string;
  /** A target that holds nothing yet, and takes any tree of files. */
  newTarget(name: string): string;
  /** The text at a path below a target; undefined where there is none. */
  read(target: string, path: string): Promise<string | undefined>;
  write(target: string, path: string, text: string): Promise<void>;
  remove(target: string, path: string): Promise<void>;
  /** Fails unless the targets hold what was backed up. */
  expectRestored(): Promise<void>;
  /** Fails unless these folders of this machine hold what was backed up, as another installation restores it. */
  expectRestoredAsFolders(folders: { readonly uploads: string; readonly orders: string }): Promise<void>;
  /** The archive behind a download's answer, whole. */
  fetchArchive(url: string): Promise<Buffer>;
  /** Sends a part of an upload to the URL of its ticket. */
  sendPart(url: string, bytes: Uint8Array): Promise<void>;
  /** The names of all files in the store of archives, those of unfinished uploads among them. */
  stored(): Promise<string[]>;
  /** Every mail so far, whole. */
  mails(): Promise<readonly string[]>;
  /** Tells the schedule `nightly` that its time has come. */
  fire(at: string): Promise<void>;
  /** Does what is done every few minutes. */
  sweep(): Promise<void>;
  /** What the workflow engine says of an operation: `SUCCEEDED`, `ABORTED`. */
  execution(kind: OperationKind, operationId: string): Promise<string | undefined>;
  /** The catalog itself, past the API: for what only time would bring about. */
  openCatalog(): Promise<Catalog>;
  /** Goes on with another configuration: what is given here over what there was. @returns goes back to that */
  configure(changes: Readonly<Record<string, unknown>>): Promise<() => Promise<void>>;
  /** Ends the wait of a principal's backup token, as only an operator of the host can. */
  allowBackupToken(principal: string): Promise<void>;
}

/** Waits until no operation runs. */
export const idle = ({ api }: AcceptanceHost) => api.until('/v1/status', ({ state }) => state === 'IDLE', 60);
