/** An installation with one backup, copied for each case, and the checks during and after a fault. */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Answer, Api } from '../../../acceptance/api.ts';
import { deadlineIn } from '../../../deadline.ts';
import { Random } from '../../../hostile/fuzz/random.ts';
import { isGone, isSameTree, type Tree, treeOf } from '../kills/killed-installation.ts';
import { type ServerSurroundings, StarvedServer } from './starved-server.ts';

/** The bytes of source that a backup reads; most of them do not compress. */
const LARGE_BYTES = 600_000;

export class StarvedInstallation implements Disposable {
  readonly #scratch = mkdtempSync(join(tmpdir(), 'holdfast-starved-'));
  /** The folder as the server sees it. */
  readonly folder = join(this.#scratch, 'work');
  /** The state before any fault. */
  readonly template = join(this.#scratch, 'template');
  /** The data folder of another installation. */
  readonly foreign = join(this.#scratch, 'foreign');
  #baseline = '';
  #tree: Tree = new Map();

  private constructor() {}

  static async make(): Promise<StarvedInstallation> {
    const made = new StarvedInstallation();
    await made.#begin();
    return made;
  }

  /** The id of the backup that exists from the beginning. */
  get baseline(): string {
    return this.#baseline;
  }

  /** The content of all backups: the source never changes. */
  get tree(): Tree {
    return this.#tree;
  }

  async #begin(): Promise<void> {
    const { folder } = this;
    mkdirSync(join(folder, 'source', 'below'), { recursive: true });
    const random = new Random(1, 1);
    for (let number = 0; number < 12; number += 1)
      writeFileSync(join(folder, 'source', `f${number}`), random.content(random.pick([0, 10, 5_000])));
    writeFileSync(join(folder, 'source', 'below', 'large'), random.bytes(LARGE_BYTES));
    this.configure(folder);
    await this.#startedOnce();
    cpSync(join(folder, 'data'), this.foreign, { recursive: true });
    rmSync(join(folder, 'data'), { recursive: true });
    await this.#startedOnce(async (api) => {
      const { id } = await api.backup();
      this.#baseline = id;
      // An unfinished upload, of which one part has arrived.
      const { body } = await api.post('/v1/uploads', { bytes: 1_000 });
      await api.call('PUT', `/v1/uploads/${body.id}/parts/1`, { body: Buffer.alloc(1_000, 1) });
    });
    this.#tree = treeOf(join(folder, 'source'));
    execFileSync('cp', ['-a', folder, this.template]);
  }

  async #startedOnce(use: (api: Api) => Promise<void> = async () => undefined): Promise<void> {
    const server = new StarvedServer(this.folder);
    const url = await server.url();
    if (url === undefined)
      throw new Error(`the server does not start where nothing is wrong:\n${server.said}`);
    await use(StarvedServer.apiOf(url, join(this.folder, 'data')));
    await server.stop();
  }

  configure(folder: string, more: Record<string, unknown> = {}): void {
    const config = { components: [{ id: 'files', kind: 'directory', path: 'source' }], ...more };
    writeFileSync(join(folder, 'holdfast.config.json'), JSON.stringify(config));
  }

  /** Copies the whole state to `folder`, which may be another path to the same place. */
  setOut(folder: string): void {
    mkdirSync(folder, { recursive: true });
    for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true, force: true });
    execFileSync('cp', ['-a', `${this.template}/.`, folder]);
  }

  /** Restores one name of the data folder. */
  putBack(folder: string, name: string): void {
    const [from, to] = [join(this.template, 'data', name), join(folder, 'data', name)];
    rmSync(to, { recursive: true, force: true });
    if (existsSync(from)) execFileSync('cp', ['-a', from, to]);
  }

  [Symbol.dispose](): void {
    rmSync(this.#scratch, { recursive: true, force: true });
  }
}

export interface SessionOptions {
  readonly surroundings: ServerSurroundings;
  /** The path at which this process finds what the server sees in `installation.folder`. */
  readonly seen: string;
  /** Whether the server may end by itself for lack of memory. @default false */
  readonly mayDie?: boolean;
  /** Whether an answer may be `internal`, with a message, because the catalog is damaged. @default false */
  readonly mayBreak?: boolean;
  /**
   * Whether an operation may stay in progress until the next start, because its end cannot be written.
   * @default false
   */
  readonly mayStay?: boolean;
}

const ENDS_WITHIN_SECONDS = 60;
const VERBS =
  /\b(put back|put it|choose|move|make|run|stop|free|start|give|look|remove|set|try|take|begin|save|find|check|raise|have)\b/;
const STACK = /^\s+at .*(?:file:|node:|\.ts:\d)/m;

/** One run of a server, during which the test makes all requests that an operator makes. */
export class StarvedSession {
  readonly #installation: StarvedInstallation;
  readonly #options: SessionOptions;
  readonly #server: StarvedServer;
  readonly faults: string[] = [];
  /** Backups that the server reported as whole. */
  readonly made: string[] = [];
  /** The codes of refusals and of expected failures. */
  readonly codes: string[] = [];

  constructor(installation: StarvedInstallation, options: SessionOptions) {
    this.#installation = installation;
    this.#options = options;
    this.#server = new StarvedServer(installation.folder, options.surroundings);
  }

  get #data(): string {
    return join(this.#options.seen, 'data');
  }

  /** @returns `started`, or how the start ended */
  async run(known: readonly string[]): Promise<string> {
    let url: string | undefined;
    try {
      url = await this.#server.url();
    } catch (thrown) {
      await this.#server.kill();
      this.faults.push(thrown instanceof Error ? thrown.message : String(thrown));
      return 'hung';
    }
    if (url === undefined) {
      this.#judgeRefusal();
      return 'refused';
    }
    const api = StarvedServer.apiOf(url, this.#data);
    try {
      await this.#use(api, known);
    } catch (thrown) {
      if (!isGone(thrown) || !(await this.#server.endsSoon())) throw thrown;
    }
    if (this.#server.isGone) {
      if (this.#options.mayDie !== true)
        this.faults.push(`the server ended (${this.#server.end}):\n${this.#server.said.slice(-1_500)}`);
      return 'died';
    }
    this.faults.push(...(await this.#server.stop()));
    return 'started';
  }

  #judgeRefusal(): void {
    const { said, end } = this.#server;
    if (this.#options.mayDie === true && (end === 'SIGABRT' || end === '134' || end === 'SIGTRAP')) return;
    if (STACK.test(said)) this.faults.push(`a start is refused by a stack:\n${said.slice(-1_500)}`);
    else if (!/.{40}/.test(said) || !VERBS.test(said))
      this.faults.push(`a start is refused (${end}) without a way out:\n${said.slice(-1_500)}`);
  }

  async #ask(what: string, asked: Promise<Answer>): Promise<Answer> {
    const answer = await asked;
    if (answer.status < 400) return answer;
    const { code, detail } = answer.body ?? {};
    this.codes.push(`${what}: ${code}`);
    if (code === undefined)
      this.faults.push(`${what} is answered ${answer.status} without a code: ${answer.text}`);
    else if (code === 'internal' && this.#options.mayBreak !== true)
      this.faults.push(`${what} ends in ${code}: ${detail}`);
    return answer;
  }

  async #ended(api: Api, what: string, path: string): Promise<Answer['body']> {
    const { mayStay = false } = this.#options;
    const deadline = deadlineIn(1_000 * (mayStay ? 10 : ENDS_WITHIN_SECONDS));
    const record = await api.until(
      path,
      ({ state }) => state !== 'IN_PROGRESS' || deadline.isOver,
      2 * ENDS_WITHIN_SECONDS,
    );
    const { state, shortError, errorCode } = record;
    if (state === 'IN_PROGRESS' && !mayStay) this.faults.push(`${what} does not end`);
    if (state === 'IN_PROGRESS') this.codes.push(`${what}: has no end yet`);
    if (state === 'IN_PROGRESS') return record;
    if (state === 'SUCCESS') return record;
    this.codes.push(`${what}: ${state} ${errorCode ?? ''}`);
    if (String(shortError).trim() === '' && state !== 'PARTIAL')
      this.faults.push(`${what} is ${state} without a word`);
    if (errorCode === 'internal' && this.#options.mayBreak !== true)
      this.faults.push(`${what} is ${state}: ${errorCode}: ${shortError}`);
    return record;
  }

  async #use(api: Api, known: readonly string[]): Promise<void> {
    await this.#ask('health', api.get('/v1/health'));
    const started = await this.#ask('backup', api.post('/v1/backups', {}));
    if (started.status === 202) {
      const record = await this.#ended(api, 'backup', `/v1/backups/${started.body.id}`);
      if (record.state === 'SUCCESS') this.made.push(record.id);
    }
    for (const id of [...known, ...this.made]) {
      const verifying = await this.#ask('verify', api.post(`/v1/backups/${id}/verify`, { deep: true }));
      if (verifying.status === 202)
        await this.#ended(api, 'verify', `/v1/verifications/${verifying.body.id}`);
      await this.#restore(api, id);
    }
    await this.#ask('list', api.get('/v1/backups'));
    await this.#ask('status', api.get('/v1/status'));
  }

  /** Checks that a restore that reports success really is whole. */
  async #restore(api: Api, id: string): Promise<void> {
    const target = join(this.#installation.folder, 'restored');
    const seen = join(this.#options.seen, 'restored');
    const answer = await this.#ask(
      'restore',
      api.post(`/v1/backups/${id}/restores`, { targets: { files: target } }),
    );
    if (answer.status === 202) {
      const record = await this.#ended(api, 'restore', `/v1/restores/${answer.body.id}`);
      const now = treeOf(seen);
      if (record.state === 'SUCCESS' && !isSameTree(now, this.#installation.tree))
        this.faults.push(`a restore of ${id} is said to be whole, and is not`);
      for (const name of now.keys())
        if (name.includes('.holdfast-')) this.faults.push(`a restore that is ${record.state} left ${name}`);
    }
    rmSync(seen, { recursive: true, force: true });
  }
}
