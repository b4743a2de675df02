/**
 * Counts the entries of a walk that have extended attributes, which no archive keeps: so that a backup can say what it
 * lacks. Node cannot read attributes, so `getfattr` does, beside the capture; where it is not installed nothing is counted.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import type { TreeItem } from '../../archive/capture/tree-item.ts';
import { within } from '../../model/time-limit.ts';

export interface AttributeCount {
  /** Entries that have any of the attributes that count. */
  readonly entries: number;
  /** Of these, those with an access control list, and those with the capabilities of a program. */
  readonly lists: number;
  readonly capabilities: number;
  /** Whether every entry was looked at. */
  readonly complete: boolean;
}

/** `xargs` takes names of any bytes from its input, and as many of them at once as the system allows. */
const COMMAND = ['-0', '-r', 'getfattr', '-h', '-m', '-', '--absolute-names', '--'] as const;
/** What xargs exits with when the program is not there; below it are the programs' own ends, as of a file that vanished. */
const NOT_INSTALLED = 127;
const TOLD_BY_PROGRAM = 123;
const KILLED = -1;
const CHUNK_CHARACTERS = 65_536;
/** What may wait for a `getfattr` that hangs or is slower than the capture. */
const MAX_WAITING_BYTES = 8 * 1024 * 1024;
/** How long the end of a capture waits for it. */
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
    // A group of its own, so that `getfattr` is ended with it.
    const stdio = ['pipe', 'pipe', 'ignore'] as const;
    this.#child = spawn('xargs', COMMAND, { cwd: root, env, stdio: [...stdio], detached: true });
    const { stdin, stdout } = this.#child;
    // Its exit code tells.
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

  /** The items as they are, looked at as they pass. */
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

  /** What was counted, or undefined where `getfattr` is not installed. To be called once, when all items have passed. */
  async end(): Promise<AttributeCount | undefined> {
    this.#send();
    this.#child.stdin.end();
    const code = await within(this.#ended, WAIT_MILLISECONDS, () => KILLED);
    this[Symbol.dispose]();
    if (code === NOT_INSTALLED) return undefined;
    return { ...this.#lines.count, complete: this.#complete && (code === 0 || code === TOLD_BY_PROGRAM) };
  }

  /** Ends it, whatever it does; nothing happens when it has ended. */
  [Symbol.dispose](): void {
    const { pid, exitCode, signalCode, stdin, stdout } = this.#child;
    stdin.destroy();
    stdout.destroy();
    if (pid === undefined || exitCode !== null || signalCode !== null) return;
    try {
      process.kill(-pid, 'SIGKILL');
    } catch {
      // It has just ended.
    }
  }
}

/** Reads what `getfattr` writes: `# file: NAME`, the names of its attributes one a line, an empty line. */
class AttributeLines {
  #entries = 0;
  #lists = 0;
  #capabilities = 0;
  /** What the present file was found to have. */
  #counted = false;
  #listed = false;

  add(line: string): void {
    if (line.startsWith('# file: ')) [this.#counted, this.#listed] = [false, false];
    const isList = line.startsWith('system.posix_acl_');
    const isCapability = line === 'security.capability';
    if (!isList && !isCapability && !line.startsWith('user.') && !line.startsWith('trusted.')) return;
    if (!this.#counted) this.#entries += 1;
    this.#counted = true;
    // A folder may have two of them.
    if (isList && !this.#listed) this.#lists += 1;
    if (isList) this.#listed = true;
    if (isCapability) this.#capabilities += 1;
  }

  get count(): Omit<AttributeCount, 'complete'> {
    return { entries: this.#entries, lists: this.#lists, capabilities: this.#capabilities };
  }
}
