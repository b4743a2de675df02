/** The parts of the acceptance suite that differ between hosts; the suite does everything else over HTTP. */
import type { OperationKind } from '../../lib/model/records/operation.ts';
import type { Catalog } from '../../lib/ports/catalog/catalog.ts';
import type { Api } from './api.ts';

/** What every installation of the suite has, and what its requests refer to. */
export const setup = {
  domains: ['root', 'north'],
  /** The secret that signs messages to the trigger `deployed`. */
  triggerSecret: `whsec_${Buffer.alloc(32, 7).toString('base64')}`,
  /** The instruction that the configuration gives for the time after a restore of `uploads`. */
  afterRestore: 'restart the web server',
  /** The initial files of the component `north`. */
  north: { 'a.txt': 'of north', 'docs/b.txt': 'bee', 'docs/c.txt': 'sea' },
} as const;

/** Settings that are the same on every host. */
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
  /** The maximum duration of an operation on this host. */
  readonly seconds: number;
  /** The status of an answer to a request with a wrong token or none. */
  readonly wrongToken: 401 | 403;
  /** The ids of the components that are backed up. */
  readonly components: readonly string[];
  /** A request for a backup that runs long enough for a test to see it running. */
  readonly long: Readonly<Record<string, unknown>>;
  /** A component, and the end of a path that the component contains. */
  readonly listed: { readonly component: string; readonly path: string };
  /** An empty target for each component. */
  readonly targets: Readonly<Record<string, string>>;
  /**
   * The sources of the components `uploads` and `north`, written as targets. `north` belongs to the domain
   * north.
   */
  readonly sources: Readonly<Record<'uploads' | 'north', string>>;
  /**
   * Values of `backupPath`: a second place, a place that the configuration does not name, and one that cannot
   * be written.
   */
  readonly places: { readonly other: string; readonly unknown: string; readonly unwritable: string };
  /** Whether a restored tree contains its symbolic links. */
  readonly hasLinks: boolean;
  /** The URL of the installation for clients on other machines, without a trailing slash. */
  readonly publicUrl: string;
  /** An empty target that accepts any tree of files. */
  newTarget(name: string): string;
  /** The text at a path below a target; undefined when there is none. */
  read(target: string, path: string): Promise<string | undefined>;
  write(target: string, path: string, text: string): Promise<void>;
  remove(target: string, path: string): Promise<void>;
  /** Fails unless the targets hold what was backed up. */
  expectRestored(): Promise<void>;
  /** Fails unless these local folders hold what was backed up, as another installation restores it. */
  expectRestoredAsFolders(folders: { readonly uploads: string; readonly orders: string }): Promise<void>;
  /** Downloads the whole archive that a download's answer points to. */
  fetchArchive(url: string): Promise<Buffer>;
  /** Sends a part of an upload to the URL of its ticket. */
  sendPart(url: string, bytes: Uint8Array): Promise<void>;
  /** The names of all files in the archive store, with those of unfinished uploads. */
  stored(): Promise<string[]>;
  /** The full text of every mail sent so far. */
  mails(): Promise<readonly string[]>;
  /** Triggers the schedule `nightly` for the time `at`. */
  fire(at: string): Promise<void>;
  /** Runs the sweep, which the host otherwise runs every few minutes. */
  sweep(): Promise<void>;
  /** The workflow engine's state of an operation, for example `SUCCEEDED` or `ABORTED`. */
  execution(kind: OperationKind, operationId: string): Promise<string | undefined>;
  /** The catalog without the API, to create states that otherwise only time brings about. */
  openCatalog(): Promise<Catalog>;
  /** Continues with a changed configuration. @returns a function that restores the former configuration */
  configure(changes: Readonly<Record<string, unknown>>): Promise<() => Promise<void>>;
  /** Ends the waiting time of a principal's new backup token, as only an operator of the host can. */
  allowBackupToken(principal: string): Promise<void>;
}

/** Waits until no operation runs. */
export const idle = ({ api }: AcceptanceHost) => api.until('/v1/status', ({ state }) => state === 'IDLE', 60);
