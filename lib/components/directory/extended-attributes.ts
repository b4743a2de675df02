/**
 * Counts the entries of a walk that have extended attributes, which no archive keeps, so that a backup can say what it
 * lacks. Node cannot read attributes, so `getfattr` reads them during the capture; where it is not installed nothing is
 * counted.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import type { TreeItem } from '../../archive/capture/tree-item.ts';
import { within } from '../../model/time-limit.ts';

export interface AttributeCount {
  /** Entries with at least one attribute that counts. */
  readonly entries: number;
  /** Entries among them with an access control list, and entries with a program's capabilities. */
  readonly lists: number;
  readonly capabilities: number;
  /** Whether every entry was looked at. */
  readonly complete: boolean;
}

/** `xargs` takes names of any bytes from its input, and as many of them at once as the system allows. */
const COMMAND = ['-0', '-r', 'getfattr', '-h', '-m', '-', '--absolute-names', '--'] as const;
/**
 * The exit code of xargs when the program does not exist; lower codes are the programs' own, for example after a file
 * vanished.
 */
const NOT_INSTALLED = 127;
const TOLD_BY_PROGRAM = 123;
const KILLED = -1;
const CHUNK_CHARACTERS = 65_536;
/** Most bytes that may wait for a `getfattr` that hangs or is slower than the capture. */
const MAX_WAITING_BYTES = 8 * 1024 * 1024;
/** How long the end of a capture waits for the count. */
const WAIT_MILLISECONDS = 10_000;

export class AttributeCounter implements Disposable {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #ended: Promise<number>;
  #paths: string[] = [];
  #characters = 0;
  #complete = true;
  #text = '';
  readonly #lines = new AttributeLines();

  constructor(root: string) {
    const env = { PATH: process.env.PATH ?? '', LC_ALL: 'C' };
    // A process group of its own, so that `getfattr` ends with xargs.
    const stdio = ['pipe', 'pipe', 'ignore'] as const;
    this.#child = spawn('xargs', COMMAND, { cwd: root, env, stdio: [...stdio], detached: true });
    const { stdin, stdout } = this.#child;
    // Ignored here: the exit code shows the failure.
    stdin.on('error', () => {});
    stdout.on('error', () => {
      this.#complete = false;
    });
    stdout.setEncoding('latin1').on('data', (text: string) => this.#read(text));
    this.#ended = new Promise((resolve) => {
      this.#child.on('error', () => resolve(NOT_INSTALLED));
      this.#child.on('close', (code) => resolve(code ?? KILLED));
    });
  }

  /** Passes the items on unchanged, and counts them on the way. */
  *watch(items: Iterable<TreeItem>): Generator<TreeItem, void, undefined> {
    for (const item of items) {
      if (!('reason' in item)) this.#add(item.path);
      yield item;
    }
  }

  #add(path: string): void {
    this.#paths.push(`./${path}`);
    this.#characters += path.length;
    if (this.#characters >= CHUNK_CHARACTERS) this.#send();
  }

  #send(): void {
    const { stdin } = this.#child;
    if (this.#paths.length === 0) return;
    if (stdin.writableLength > MAX_WAITING_BYTES) this.#complete = false;
    else if (stdin.writable) stdin.write(Buffer.from(`${this.#paths.join('\0')}\0`, 'latin1'));
    this.#paths = [];
    this.#characters = 0;
  }

  #read(text: string): void {
    const lines = (this.#text + text).split('\n');
    this.#text = lines.pop() ?? '';
    for (const line of lines) this.#lines.add(line);
  }

  /** The count, or undefined when `getfattr` is not installed. To be called once, after all items. */
  async end(): Promise<AttributeCount | undefined> {
    this.#send();
    this.#child.stdin.end();
    const code = await within(this.#ended, WAIT_MILLISECONDS, () => KILLED);
    this[Symbol.dispose]();
    if (code === NOT_INSTALLED) return undefined;
    return { ...this.#lines.count, complete: this.#complete && (code === 0 || code === TOLD_BY_PROGRAM) };
  }

  /** Ends the processes at once; does nothing when they have ended. */
  [Symbol.dispose](): void {
    const { pid, exitCode, signalCode, stdin, stdout } = this.#child;
    stdin.destroy();
    stdout.destroy();
    if (pid === undefined || exitCode !== null || signalCode !== null) return;
    try {
      process.kill(-pid, 'SIGKILL');
    } catch {
      // The process has just ended.
    }
  }
}

/** Reads the output of `getfattr`: `# file: NAME`, the names of its attributes one a line, an empty line. */
class AttributeLines {
  #entries = 0;
  #lists = 0;
  #capabilities = 0;
  /** What was found for the present file. */
  #counted = false;
  #listed = false;

  add(line: string): void {
    if (line.startsWith('# file: ')) [this.#counted, this.#listed] = [false, false];
    const isList = line.startsWith('system.posix_acl_');
    const isCapability = line === 'security.capability';
    if (!isList && !isCapability && !line.startsWith('user.') && !line.startsWith('trusted.')) return;
    if (!this.#counted) this.#entries += 1;
    this.#counted = true;
    // A folder may have two such lists.
    if (isList && !this.#listed) this.#lists += 1;
    if (isList) this.#listed = true;
    if (isCapability) this.#capabilities += 1;
  }

  get count(): Omit<AttributeCount, 'complete'> {
    return { entries: this.#entries, lists: this.#lists, capabilities: this.#capabilities };
  }
}
