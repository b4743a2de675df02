/** What one run of the command line uses. */
import { readFile, stat } from 'node:fs/promises';
import { usageFailure } from './failure.ts';
import { isLoopback } from './login/installation.ts';
import type { Client } from './requests/client.ts';
import type { Output } from './terminal/output.ts';

const OTHER_FILE = 'Name a file that is meant for this and that you may read, or - for standard input.';

/** Options every command takes. */
export interface SharedOptions {
  readonly json?: true;
  readonly data?: string;
  readonly quiet?: true;
  /** False with `--no-progress`. */
  readonly progress?: boolean;
}

export class Session {
  readonly output: Output;
  readonly environment: NodeJS.ProcessEnv;
  /** The command line, word for word. No secret is ever among them. */
  readonly words: readonly string[];
  /** The exit code when nothing fails, such as 3 for a partial outcome. */
  exitCode = 0;
  #shared: SharedOptions = {};
  #client: Promise<Client> | undefined;
  #standardInputTaken = false;

  constructor(output: Output, environment: NodeJS.ProcessEnv, words: readonly string[]) {
    this.output = output;
    this.environment = environment;
    this.words = words;
  }

  /** Called once the command line is parsed. */
  use(shared: SharedOptions): void {
    this.#shared = shared;
    this.output.limit(shared);
  }

  /** The value of `--data`. */
  get data(): string | undefined {
    return this.#shared.data;
  }

  /** The client of the chosen installation. @throws a Failure when none can be found */
  client(): Promise<Client> {
    this.#client ??= this.#connect();
    return this.#client;
  }

  async #connect(): Promise<Client> {
    const [{ findInstallation }, { Client }] = await Promise.all([
      import('./login/installation.ts'),
      import('./requests/client.ts'),
    ]);
    const installation = await findInstallation(this.#shared.data, this.environment);
    this.warnUnencrypted(installation);
    return new Client(installation);
  }

  /** Warns when others can read the token on its way to the installation. */
  warnUnencrypted({ url: address }: { readonly url: string }): void {
    const url = new URL(address);
    if (url.protocol === 'http:' && !isLoopback(url))
      this.output.warning(`the token is sent to ${url.host} unencrypted; use https`);
  }

  /**
   * All of a file, or of standard input for `-`, as UTF-8. `what` names the option in messages. Standard input can be
   * read once.
   *
   * @throws a usage Failure when it cannot be read, is longer than `maxBytes`, or is not UTF-8.
   */
  async readInput(path: string, what: string, maxBytes: number): Promise<string> {
    const bytes =
      path === '-'
        ? await this.#readStandardInput(what, maxBytes)
        : await readSmallFile(path, what, maxBytes);
    if (bytes.length > maxBytes) throw usageFailure(`${what}: longer than ${maxBytes} bytes`, OTHER_FILE);
    try {
      return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    } catch {
      throw usageFailure(`${what}: not UTF-8 text`, 'Save the text as UTF-8, and run the command again.');
    }
  }

  async #readStandardInput(what: string, maxBytes: number): Promise<Buffer> {
    if (this.#standardInputTaken)
      throw usageFailure(
        `${what}: standard input can be read for one option only`,
        'Name a file for the other one.',
      );
    this.#standardInputTaken = true;
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of process.stdin) {
      chunks.push(Buffer.from(chunk));
      bytes += chunk.length;
      if (bytes > maxBytes) break;
    }
    return Buffer.concat(chunks);
  }
}

const readSmallFile = async (path: string, what: string, maxBytes: number): Promise<Buffer> => {
  try {
    // A pipe, as of <(...), has no size.
    if ((await stat(path)).size > maxBytes)
      throw usageFailure(`${what}: ${path} is longer than ${maxBytes} bytes`, OTHER_FILE);
    return await readFile(path);
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.name !== 'Failure')
      throw usageFailure(`${what}: ${path} cannot be read: ${cause.message}`, OTHER_FILE);
    throw cause;
  }
};
