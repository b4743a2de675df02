/** A server that may fail to start, die or refuse to stop; records its output and how long each takes. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Api } from '../../../acceptance/api.ts';
import { deadlineIn } from '../../../deadline.ts';

const holdfast = fileURLToPath(new URL('../../../../bin/holdfast.js', import.meta.url));
const START_MILLISECONDS = 40_000;
/** An orderly stop takes at most 10 s; a busy machine gets some more. */
const STOP_MILLISECONDS = 15_000;

export interface ServerSurroundings {
  /** A program, with its options, that executes the server in its own process. */
  readonly through?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export class StarvedServer {
  readonly #child: ChildProcess;
  readonly #gone: Promise<unknown>;
  #said = '';

  constructor(folder: string, { through = [], env = {} }: ServerSurroundings = {}) {
    const args = ['serve', '--data', join(folder, 'data'), '--config', join(folder, 'holdfast.config.json')];
    const [program = process.execPath, ...before] = [...through, process.execPath];
    this.#child = spawn(program, [...before, holdfast, ...args, '--port', '0'], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.on('data', (text) => {
        this.#said = `${this.#said}${text}`.slice(-20_000);
      });
    this.#gone = once(this.#child, 'close');
  }

  /** The end of the server's output. */
  get said(): string {
    return this.#said;
  }

  get isGone(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** Whether the server has ended or ends in a moment: its connections close before its process ends. */
  async endsSoon(): Promise<boolean> {
    return Promise.race([this.#gone.then(() => true), pause(5_000, false, { ref: false })]);
  }

  /** How the server ended: an exit code or a signal. */
  get end(): string {
    return String(this.#child.exitCode ?? this.#child.signalCode);
  }

  /** The URL on which the server listens; undefined when it ended instead. @throws when it does neither */
  async url(): Promise<string | undefined> {
    for (const deadline = deadlineIn(START_MILLISECONDS); !deadline.isOver; await pause(10)) {
      const [, url] = /listens on (http\S+)/.exec(this.#said) ?? [];
      if (url !== undefined) return url;
      if (!this.isGone) continue;
      await this.#gone;
      return undefined;
    }
    throw new Error(`the server neither listens nor ends:\n${this.#said.slice(-2_000)}`);
  }

  /** @param data the path of the data folder for this process */
  static apiOf(url: string, data: string): Api {
    return new Api(url, readFileSync(join(data, 'cli.token'), 'utf8').trim());
  }

  /** Asks the server to stop. @returns what was wrong with how it stopped */
  async stop(): Promise<string[]> {
    if (this.isGone) return [];
    this.#child.kill('SIGTERM');
    const isOver = await Promise.race([
      this.#gone.then(() => true),
      pause(STOP_MILLISECONDS, false, { ref: false }),
    ]);
    if (isOver) return [];
    await this.kill();
    return [`it did not stop within ${STOP_MILLISECONDS / 1000} s of SIGTERM:\n${this.#said.slice(-1_500)}`];
  }

  async kill(): Promise<void> {
    if (!this.isGone) this.#child.kill('SIGKILL');
    await this.#gone;
  }
}
