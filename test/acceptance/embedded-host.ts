/**
 * An embedded installation for the acceptance suite: a server in this process, with folders as sources and
 * targets.
 */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { expect } from '@jest/globals';
import { JsonLogger } from '../../lib/adapters/any/json-logger.ts';
import { configSchema } from '../../lib/model/config/config.ts';
import type { OperationKind } from '../../lib/model/records/operation.ts';
import { runSchedule } from '../../lib/operations/schedules/scheduled-backup.ts';
import { sweep } from '../../lib/operations/upkeep/sweep.ts';
import type { Catalog } from '../../lib/ports/catalog/catalog.ts';
import { allowBackupToken } from '../../lib/runtimes/server/allow-backup-token.ts';
import { type RunningServer, startServer } from '../../lib/runtimes/server/server.ts';
import { differences, writeSlowFile, writeTree } from '../cases/files.ts';
import { MailSink } from '../cases/mail-sink.ts';
import { Api } from './api.ts';
import { type AcceptanceHost, settings, setup } from './host.ts';

const log = new JsonLogger({ write: () => undefined });
const components = ['uploads', 'orders'];

export class EmbeddedAcceptanceHost implements AcceptanceHost {
  readonly seconds = 60;
  readonly wrongToken = 401;
  readonly components = components;
  readonly long = { components: ['slow'] };
  readonly listed = { component: 'uploads', path: 'letter.txt' };
  readonly hasLinks = true;
  readonly targets: Readonly<Record<string, string>>;
  readonly sources: AcceptanceHost['sources'];
  readonly places: AcceptanceHost['places'];
  readonly #folder: string;
  readonly #mail: MailSink;
  #config: Readonly<Record<string, unknown>>;
  #server: RunningServer | undefined;
  #api: Api | undefined;

  private constructor(folder: string, mail: MailSink) {
    this.#folder = folder;
    this.#mail = mail;
    this.targets = Object.fromEntries(components.map((id) => [id, this.#path('restored', id)]));
    this.sources = { uploads: this.#path('uploads'), north: this.#path('north') };
    // The path lies below a file, so no folder can be created there.
    const unwritable = this.#path('a-file', 'no-vault');
    this.places = { other: this.#path('vault'), unknown: this.#path('nowhere'), unwritable };
    this.#config = {
      ...settings,
      components: [
        { id: 'uploads', kind: 'directory', path: this.#path('uploads'), afterRestore: setup.afterRestore },
        { id: 'orders', kind: 'directory', path: this.#path('orders') },
        { id: 'slow', kind: 'directory', path: this.#path('slow') },
        { id: 'north', kind: 'directory', path: this.#path('north'), domain: 'north' },
      ],
      backupPaths: [this.places.other, unwritable],
      schedules: [{ id: 'nightly', cron: '0 3 * * *', label: 'nightly', components }],
      triggers: [
        {
          ...{ id: 'deployed', kind: 'webhook', label: 'pruned', components: ['orders'] },
          secrets: [{ env: 'ACCEPTANCE_TRIGGER_SECRET' }],
        },
      ],
      notifications: {
        ...settings.notifications,
        email: {
          to: ['ops@example.com'],
          from: 'holdfast@example.com',
          smtp: { env: 'ACCEPTANCE_SMTP_URL' },
        },
      },
    };
  }

  /** Starts the installation. The caller closes it. */
  static async start(): Promise<EmbeddedAcceptanceHost> {
    const folder = await mkdtemp(join(tmpdir(), 'holdfast-acceptance-'));
    const mail = await MailSink.start();
    process.env.ACCEPTANCE_SMTP_URL = mail.url;
    process.env.ACCEPTANCE_TRIGGER_SECRET = setup.triggerSecret;
    const host = new EmbeddedAcceptanceHost(folder, mail);
    await host.#fillSources();
    await host.#start(0);
    return host;
  }

  #path(...parts: string[]): string {
    return join(this.#folder, ...parts);
  }

  async #fillSources(): Promise<void> {
    await writeTree(this.#path('uploads'), {
      'docs/letter.txt': 'Dear all,',
      'docs/ümläut and space.txt': 'grüße',
      empty: '',
      large: randomBytes(40_000_000),
    });
    await writeTree(this.#path('orders'), { 'order-7.json': '{}' });
    await writeTree(this.#path('north'), setup.north);
    await writeSlowFile(this.#path('slow', 'zeros'));
    await writeFile(this.#path('a-file'), '');
    await mkdir(this.places.other);
  }

  async #start(port: number): Promise<void> {
    const data = this.#path('data');
    const config = configSchema.parse(this.#config);
    this.#server = await startServer({ data, config, log, port, takeAdminToken: () => undefined });
    this.#api = new Api(this.#server.url, (await readFile(join(data, 'cli.token'), 'utf8')).trim());
  }

  get #running(): RunningServer {
    if (this.#server === undefined) throw new Error('the server is not up');
    return this.#server;
  }

  get api(): Api {
    if (this.#api === undefined) throw new Error('the server is not up');
    return this.#api;
  }

  get publicUrl(): string {
    return this.api.url;
  }

  async openCatalog(): Promise<Catalog> {
    return this.#running.host.catalog;
  }

  newTarget(name: string): string {
    return this.#path('targets', name);
  }

  async read(target: string, path: string): Promise<string | undefined> {
    const file = join(target, path);
    return existsSync(file) ? readFile(file, 'utf8') : undefined;
  }

  async write(target: string, path: string, text: string): Promise<void> {
    const file = join(target, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  }

  async remove(target: string, path: string): Promise<void> {
    await rm(join(target, path), { recursive: true });
  }

  async expectRestored(): Promise<void> {
    for (const id of components) expect(differences(this.#path(id), this.#path('restored', id))).toBe('');
  }

  async expectRestoredAsFolders(folders: Readonly<Record<string, string>>): Promise<void> {
    for (const [id, folder] of Object.entries(folders)) expect(differences(this.#path(id), folder)).toBe('');
  }

  async fetchArchive(url: string): Promise<Buffer> {
    const headers = { authorization: `Bearer ${this.api.token}` };
    return Buffer.from(await (await fetch(`${this.api.url}${url}`, { headers })).arrayBuffer());
  }

  async sendPart(url: string, body: Uint8Array): Promise<void> {
    expect((await this.api.call('PUT', url, { body })).status).toBe(204);
  }

  stored(): Promise<string[]> {
    return filesBelow(this.#path('data', 'archives'));
  }

  async mails(): Promise<readonly string[]> {
    return this.#mail.messages;
  }

  async fire(at: string): Promise<void> {
    await runSchedule(this.#running.host, { scheduleId: 'nightly', at: new Date(at) });
  }

  async sweep(): Promise<void> {
    const { host } = this.#running;
    await sweep(host);
    // The server's own scheduler checks which schedules are due.
    await host.timers.set();
  }

  execution(_kind: OperationKind, operationId: string): Promise<string | undefined> {
    return this.#running.host.workflow.status(operationId);
  }

  async configure(changes: Readonly<Record<string, unknown>>): Promise<() => Promise<void>> {
    const before = this.#config;
    const restart = async (config: Readonly<Record<string, unknown>>): Promise<void> => {
      const { port } = new URL(this.api.url);
      await this.#running.close();
      this.#config = config;
      await this.#start(Number(port));
    };
    await restart({ ...before, ...changes });
    return () => restart(before);
  }

  async allowBackupToken(principal: string): Promise<void> {
    await allowBackupToken(this.#path('data'), principal, log);
  }

  async close(): Promise<void> {
    await this.#server?.close();
    await this.#mail.close();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

const filesBelow = async (place: string): Promise<string[]> => {
  if (!existsSync(place)) return [];
  const entries = await readdir(place, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map(({ name }) => basename(name));
};
