/**
 * The only output of every command. Standard output carries results only; everything else, progress included, goes to
 * standard error. With `--json` both carry a JSON object a line, told apart by `type`: result, entry | status, warning,
 * error.
 */
import { styleText } from 'node:util';
import { isSystemError } from '../../model/errors.ts';
import { visible, visibleJson, visibleLines } from '../../model/text/visible-text.ts';
import { Failure } from '../failure.ts';

type Json = Readonly<Record<string, unknown>>;

export class Output {
  readonly json: boolean;
  /** Results go to standard error while standard output carries an archive. */
  #resultsTo: NodeJS.WriteStream = process.stdout;
  #resultsClosed = false;
  #quiet = false;
  #progress = true;

  constructor(json: boolean) {
    this.json = json;
    // The write itself reports an error; without these listeners an error would end the process with Node's own
    // message.
    process.stdout.on('error', () => undefined);
    // Text that nobody reads is lost, and the work still goes on.
    process.stderr.on('error', () => undefined);
  }

  /** Call this when standard output carries an archive from here on. */
  yieldStandardOutput(): void {
    this.#resultsTo = process.stderr;
  }

  /** The command's result: the lines for people, the value for `--json`. */
  async result(value: Json, lines: () => readonly string[]): Promise<void> {
    if (this.json) await this.#printResult(jsonLine('result', value));
    else
      await this.#printResult(
        lines()
          .map((line) => `${line}\n`)
          .join(''),
      );
  }

  /** One of many results, printed at once. */
  async entry(value: Json, line: () => string): Promise<void> {
    await this.#printResult(this.json ? jsonLine('entry', { entry: value }) : `${line()}\n`);
  }

  /** Text that is the result itself, such as a log: unchanged, except on a terminal, which it must not control. */
  async text(text: string): Promise<void> {
    await this.#printResult(this.#resultsTo.isTTY ? visibleLines(text) : text);
  }

  /** True once nobody reads the results any more. */
  get resultsClosed(): boolean {
    return this.#resultsClosed;
  }

  /** `--quiet` keeps results, warnings and errors; `--no-progress` removes what moves. */
  limit({ quiet = false, progress = true }: { readonly quiet?: boolean; readonly progress?: boolean }): void {
    this.#quiet = quiet;
    this.#progress = progress && !quiet;
  }

  get showsProgress(): boolean {
    return this.#progress;
  }

  /** Additional lines for people only, without colours: `--quiet` leaves them out. */
  note(...lines: readonly string[]): void {
    if (!this.#quiet) this.say(...lines);
  }

  /** Important text for people only: what a question is about, a secret that is shown once. */
  say(...lines: readonly string[]): void {
    if (!this.json) process.stderr.write(lines.map((line) => `${visible(line)}\n`).join(''));
  }

  warning(message: string): void {
    if (this.json) process.stderr.write(jsonLine('warning', { message }));
    else process.stderr.write(`${style('yellow', 'warning:', process.stderr)} ${visible(message)}\n`);
  }

  /** The state of a run, for programs. */
  status(value: Json): void {
    if (this.json) process.stderr.write(jsonLine('status', value));
  }

  /** Why a command ends, and on the same line what to do next: where only one line is read, that line is enough. */
  failure({ code, message, exitCode, lines, details }: Failure, hint: string): void {
    if (this.json) {
      process.stderr.write(jsonLine('error', { ...details, code, message, exitCode, hint }));
      return;
    }
    const first = `${style('red', 'error:', process.stderr)} ${visible(sentences(message, hint))}`;
    process.stderr.write(`${[first, ...lines.map((line) => `  ${visible(line)}`)].join('\n')}\n`);
  }

  async #printResult(text: string): Promise<void> {
    if (this.#resultsClosed || text === '') return;
    try {
      await write(this.#resultsTo, text);
    } catch (thrown) {
      // A reader that stops early, such as `head`, is not a failure.
      if (!(thrown instanceof Failure && thrown.quiet)) throw thrown;
      this.#resultsClosed = true;
    }
  }
}

/** The message, and what to do next unless the message says it already. */
const sentences = (message: string, next: string): string => {
  const commands = next.match(/holdfast [a-z-]+(?: [a-z-]+)?/g) ?? [];
  if (commands.length > 0 && commands.every((command) => message.includes(command))) return message;
  return `${message}${/[.?!:…]$/.test(message) ? '' : '.'} ${next}`;
};

const jsonLine = (type: string, value: Json): string =>
  `${visibleJson(JSON.stringify(Object.assign({ type }, value, { type })))}\n`;

/** Resolves when the reader has taken it. @throws Failure: a quiet one when there is no reader any more. */
export const write = (stream: NodeJS.WriteStream, chunk: string | Uint8Array): Promise<void> =>
  new Promise((resolve, reject) => {
    stream.write(chunk, (error) => {
      if (error === null || error === undefined) resolve();
      else reject(unwritten(stream, error));
    });
  });

const unwritten = (stream: NodeJS.WriteStream, cause: Error): Failure => {
  const name = stream === process.stdout ? 'standard output' : 'standard error';
  if (isSystemError(cause, 'EPIPE'))
    return new Failure('reader_gone', `the reader of ${name} has closed it`, { quiet: true, cause });
  return new Failure('place_unwritable', `${name} cannot be written: ${cause.message}`, {
    hint: 'Send it to a file or a program that takes it.',
    cause,
  });
};

/** Coloured where the stream is a terminal and NO_COLOR is not set. */
export const style = (
  colour: 'red' | 'green' | 'yellow' | 'cyan' | 'bold' | 'dim',
  text: string,
  stream: NodeJS.WriteStream = process.stdout,
): string => styleText(colour, text, { stream });
