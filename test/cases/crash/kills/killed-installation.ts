/** An installation whose server is killed at a chosen moment and started again; then its state is checked. */
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Answer, Api } from '../../../acceptance/api.ts';
import { treeListing } from '../../../archive/samples/sample-tree.ts';
import type { Random } from '../../../hostile/fuzz/random.ts';
import { Installation } from '../../installation.ts';

const preloaded = new URL('./kill-at-call.js', import.meta.url).href;

/** The components, which are folders of the installation. */
export const SOURCES = ['files', 'notes'] as const;

/** What a restore brings back of a tree, by path. */
export type Tree = ReadonlyMap<string, string>;

export const treeOf = (folder: string): Tree =>
  new Map(
    existsSync(folder)
      ? treeListing(folder).map(({ path, type, size, sha256, link, mode }) => [
          path,
          [type, size, sha256, link, mode].join(' '),
        ])
      : [],
  );

export const isSameTree = (a: Tree, b: Tree): boolean =>
  a.size === b.size && [...a].every(([path, what]) => b.get(path) === what);

export type Moment =
  /** At the Nth call that writes. */
  | { readonly call: number; readonly how: 'before' | 'after' | 'half' }
  /** After this many milliseconds. */
  | { readonly milliseconds: number };

export const momentText = (moment: Moment): string =>
  'call' in moment ? `${moment.how} call ${moment.call} that writes` : `after ${moment.milliseconds} ms`;

/** @param calls about the number of calls in the operation, or slightly more */
export const randomMoment = (random: Random, calls: number, milliseconds: number): Moment =>
  random.chance(2)
    ? { call: 1 + random.below(calls), how: random.pick(['before', 'after', 'half'] as const) }
    : { milliseconds: random.below(milliseconds) };

/** Whether a request failed because no server answered. */
export const isGone = (thrown: unknown): boolean =>
  /^TypeError: (?:fetch failed|terminated)/.test(String(thrown));

/** The maximum time to wait for an operation; one that takes longer counts as hanging. */
const PATIENCE_MILLISECONDS = 30_000;

export class KilledInstallation {
  readonly #here: Installation;
  /** The state of each component when a backup was made, by the backup's id. */
  readonly #contents = new Map<string, Readonly<Record<string, Tree>>>();

  private constructor(here: Installation) {
    this.#here = here;
  }

  static async start(): Promise<KilledInstallation> {
    const here = await Installation.start({
      config: () => ({ components: SOURCES.map((id) => ({ id, kind: 'directory', path: id })) }),
      env: (folder) => ({
        NODE_OPTIONS: `--disable-warning=ExperimentalWarning --import=${preloaded}`,
        HOLDFAST_TEST_KILL: join(folder, 'kill'),
      }),
    });
    return new KilledInstallation(here);
  }

  get api(): Api {
    return this.#here.api;
  }

  get archives(): string {
    return join(this.#here.data, 'archives');
  }

  path(...parts: string[]): string {
    return this.#here.path(...parts);
  }

  sources(): Readonly<Record<string, Tree>> {
    return Object.fromEntries(SOURCES.map((id) => [id, treeOf(this.path(id))]));
  }

  /** What a backup holds of each component. */
  contentsOf(backupId: string): Readonly<Record<string, Tree>> {
    return this.#contents.get(backupId) ?? {};
  }

  remember(backupId: string, contents = this.sources()): void {
    this.#contents.set(backupId, contents);
  }

  /** Backs up the present state of all components. */
  async backup(request: Record<string, unknown> = {}): Promise<Answer['body']> {
    const contents = this.sources();
    const record = await this.api.backup(request);
    if (record.state === 'SUCCESS') this.#contents.set(record.id, contents);
    return record;
  }

  /**
   * Does the work while the server is killed at that moment, or after the work if the moment has not come.
   *
   * @returns the result of the work; undefined when the server was killed first
   */
  async killDuring<T>(moment: Moment, work: () => Promise<T>): Promise<T | undefined> {
    if ('call' in moment) writeFileSync(this.path('kill'), `${moment.call} ${moment.how}`);
    const working = work().catch((thrown: unknown) => {
      if (isGone(thrown)) return undefined;
      throw thrown;
    });
    const limit = 'call' in moment ? PATIENCE_MILLISECONDS : moment.milliseconds;
    const waiting = new AbortController();
    await Promise.race([working, pause(limit, undefined, { signal: waiting.signal }).catch(() => undefined)]);
    waiting.abort();
    await this.#here.end('SIGKILL');
    rmSync(this.path('kill'), { force: true });
    return working;
  }

  /** Kills the server while it shuts down. */
  async killStopping(milliseconds: number): Promise<void> {
    const stopping = this.#here.end('SIGTERM').catch(() => undefined);
    await pause(milliseconds);
    await this.#here.end('SIGKILL');
    await stopping;
  }

  /** Starts the server, killing it at each of these moments of a start. */
  async startAgain(killed: readonly Moment[] = []): Promise<void> {
    for (const moment of killed)
      await this.killDuring(moment, () => this.#here.startServer().catch(() => undefined));
    await this.#here.startServer();
  }

  async close(): Promise<void> {
    await this.#here.close();
  }

  /** The record at a path, once its operation has ended. */
  async ended(path: string): Promise<Answer['body']> {
    return this.api.ended(path, 10);
  }

  /** Checks everything that must be true after a start, whatever was killed before. */
  async faults(): Promise<string[]> {
    const faults: string[] = [];
    const status = (await this.api.get('/v1/status')).body;
    if (status.state !== 'IDLE') faults.push(`behind the start it is ${status.state}`);
    const backups: Answer['body'][] = (await this.api.get('/v1/backups?limit=1000')).body.resources;
    const restores: Answer['body'][] = (await this.api.get('/v1/restores?limit=1000')).body.resources;
    for (const { id, state } of [...backups, ...restores])
      if (state === 'IN_PROGRESS') faults.push(`${id} is said to be in progress`);
    const good = backups.filter(({ state, replacedBy }) => state === 'SUCCESS' && replacedBy === undefined);
    const listed = good.map(({ fileName }) => fileName);
    const there = readdirSync(this.archives).filter((name) => !name.startsWith('.'));
    for (const name of listed) if (!there.includes(name)) faults.push(`${name} is listed, and is not there`);
    const logs = backups.map(({ logFileName }) => logFileName);
    for (const name of there)
      if (!listed.includes(name) && !logs.includes(name))
        faults.push(`${name} lies there, and is not listed`);
    const uploads: Answer['body'][] = (await this.api.get('/v1/uploads?limit=1000')).body.resources;
    const staging = join(this.archives, '.holdfast-staging');
    for (const name of existsSync(staging) ? readdirSync(staging) : [])
      if (!uploads.some(({ id }) => id === name)) faults.push(`${name} is left in staging`);
    for (const { id } of good.slice(0, 2)) faults.push(...(await this.#verified(id)));
    return faults;
  }

  async #verified(id: string): Promise<string[]> {
    const { status, body } = await this.api.post(`/v1/backups/${id}/verify`, { deep: true });
    if (status !== 202) return [`${id} cannot be verified: ${status} ${body.detail}`];
    const { state, shortError } = await this.ended(`/v1/verifications/${body.id}`);
    return state === 'SUCCESS' ? [] : [`${id} does not verify: ${shortError}`];
  }

  /** How a restored tree differs from the backup; empty when it does not. */
  differences(backupId: string, folderOf: (component: string) => string): string[] {
    const contents = this.contentsOf(backupId);
    return SOURCES.filter((id) => !isSameTree(treeOf(folderOf(id)), contents[id] ?? new Map())).map(
      (id) => `${id} is not what was backed up`,
    );
  }

  /** Makes a backup and restores it now. */
  async nextFaults(): Promise<string[]> {
    const record = await this.backup();
    if (record.state !== 'SUCCESS') return [`the next backup is ${record.state}: ${record.shortError}`];
    const target = (id: string): string => this.path('next', id);
    const restore = await this.api.restore(record.id, {
      targets: Object.fromEntries(SOURCES.map((id) => [id, target(id)])),
    });
    if (restore.state !== 'SUCCESS') return [`the next restore is ${restore.state}: ${restore.shortError}`];
    const found = this.differences(record.id, target);
    rmSync(this.path('next'), { recursive: true, force: true });
    return found.map((fault) => `after the next restore ${fault}`);
  }

  /** Keeps only the two newest backups, so that later cases are not slower. */
  async tidy(): Promise<string[]> {
    const backups: Answer['body'][] = (await this.api.get('/v1/backups?limit=1000')).body.resources;
    const faults: string[] = [];
    for (const { id } of backups.slice(2)) {
      const { status, body } = await this.api.delete(`/v1/backups/${id}`);
      if (status !== 204) faults.push(`${id} cannot be deleted: ${status} ${body.detail}`);
      this.#contents.delete(id);
    }
    return faults;
  }
}
