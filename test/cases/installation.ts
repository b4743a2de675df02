/**
 * A real embedded server in a separate process and a temporary folder, which tests can call, kill and start
 * again.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterRunning } from '../../lib/model/time-limit.ts';
import { Api } from '../acceptance/api.ts';
import { deadlineIn } from '../deadline.ts';

const holdfast = fileURLToPath(new URL('../../bin/holdfast.js', import.meta.url));

export interface InstallationOptions {
  /** Merged over `{ installation: 'test' }`; may name paths below the installation's folder. */
  config?: (folder: string) => Record<string, unknown>;
  env?: Record<string, string> | ((folder: string) => Record<string, string>);
  /** A program, with its options, that executes the server in its own process. */
  through?: readonly string[];
}

export class Installation {
  readonly folder: string;
  readonly data: string;
  readonly #env: Record<string, string>;
  readonly #through: readonly string[];
  #process: ChildProcess | undefined;
  #api: Api | undefined;
  #log = '';

  private constructor(folder: string, env: Record<string, string>, through: readonly string[]) {
    this.folder = folder;
    this.data = join(folder, 'data');
    this.#env = env;
    this.#through = through;
  }

  static async start({
    config = () => ({}),
    env = {},
    through = [],
  }: InstallationOptions = {}): Promise<Installation> {
    const folder = await mkdtemp(join(tmpdir(), 'holdfast-test-'));
    const installation = new Installation(folder, typeof env === 'function' ? env(folder) : env, through);
    await mkdir(join(folder, 'source'));
    await installation.configure({ installation: 'test', ...config(folder) });
    await installation.startServer();
    return installation;
  }

  get api(): Api {
    if (this.#api === undefined) throw new Error('the server is not up');
    return this.#api;
  }

  /** The server's output over all its starts. */
  get log(): string {
    return this.#log;
  }

  get pid(): number {
    if (this.#process?.pid === undefined) throw new Error('the server is not up');
    return this.#process.pid;
  }

  path(...parts: string[]): string {
    return join(this.folder, ...parts);
  }

  async configure(config: Record<string, unknown>): Promise<void> {
    await writeFile(this.path('holdfast.config.json'), JSON.stringify(config));
  }

  /** @param port @default a free one */
  async startServer(port = 0): Promise<void> {
    const args = [
      holdfast,
      'serve',
      '--data',
      this.data,
      '--config',
      this.path('holdfast.config.json'),
      '--port',
      String(port),
    ];
    const [program = process.execPath, ...before] = [...this.#through, process.execPath];
    const child = spawn(program, [...before, ...args], {
      env: { ...process.env, ...this.#env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stdout.on('data', (text) => {
      this.#log += text;
    });
    child.stderr.on('data', (text) => {
      this.#log += text;
    });
    this.#process = child;
    const url = await this.#listening(child);
    const token = (await readFile(join(this.data, 'cli.token'), 'utf8')).trim();
    this.#api = new Api(url, token);
  }

  async #listening(child: ChildProcess): Promise<string> {
    const from = this.#log.length;
    const deadline = deadlineIn(20_000);
    for (;;) {
      const [, url] = /listens on (http\S+)/.exec(this.#log.slice(from)) ?? [];
      if (url !== undefined) return url;
      if (child.exitCode !== null || child.signalCode !== null || deadline.isOver)
        throw new Error(
          `the server did not come up (${child.exitCode ?? child.signalCode ?? 'still running'}):\n${this.#log.slice(from)}`,
        );
      await pause(10);
    }
  }

  /** Sends the signal to the server and waits until it has ended. */
  async end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#process;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill(signal);
    const stop = afterRunning(15_000, () => child.kill('SIGKILL'));
    await gone;
    stop();
    if (signal === 'SIGTERM' && child.signalCode === 'SIGKILL')
      throw new Error(`the server did not stop within 15 s of SIGTERM:\n${this.#log.slice(-4000)}`);
  }

  async close(): Promise<void> {
    await this.end('SIGTERM');
    await rm(this.folder, { recursive: true, force: true });
  }
}
