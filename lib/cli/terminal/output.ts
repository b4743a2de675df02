/**
 * The one way out of every command. Standard output carries results only; everything else, progress included, goes
 * to standard error. With `--json` both carry a JSON object a line, told apart by `type`: result, entry | status,
 * warning, error.
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
    // Whoever writes is told by the write itself; without these an error would end the process with Node's own dump.
    process.stdout.on('error', () => undefined);
    // What nobody can be told is lost, and no reason to leave the work undone.
    process.stderr.on('error', () => undefined);
  }

  /** Standard output belongs to an archive from here on. */
  yieldStandardOutput(): void {
    this.#resultsTo = process.stderr;
  }

  /** What the command was asked for: the lines for people, the value for `--json`. */
  async result(value: Json, lines: () => readonly string[]): Promise<void> {
    if (this.json) await this.#printResult(jsonLine('result', value));
    else
      await this.#printResult(
        lines()
          .map((line) => `${line}\n`)
          .join(''),
      );
  }

  /** One of many results, printed as they come. */
  async entry(value: Json, line: () => string): Promise<void> {
    await this.#printResult(this.json ? jsonLine('entry', { entry: value }) : `${line()}\n`);
  }

  /** Text that is the result itself, such as a log: as it is, but for a terminal, which it must not drive. */
  async text(text: string): Promise<void> {
    await this.#printResult(this.#resultsTo.isTTY ? visibleLines(text) : text);
  }

  /** True once nobody reads the results any more. */
  get resultsClosed(): boolean {
    return this.#resultsClosed;
  }

  /** `--quiet` leaves results, warnings and errors; `--no-progress` takes what moves away. */
  limit({ quiet = false, progress = true }: { readonly quiet?: boolean; readonly progress?: boolean }): void {
    this.#quiet = quiet;
    this.#progress = progress && !quiet;
  }

  get showsProgress(): boolean {
    return this.#progress;
  }

  /** For people only: lines of text, without colours. Told by the way: `--quiet` leaves them out. */
  note(...lines: readonly string[]): void {
    if (!this.#quiet) this.say(...lines);
  }

  /** For people only, and not to be left out: what a question is about, a secret that is shown once. */
  say(...lines: readonly string[]): void {
    if (!this.json) process.stderr.write(lines.map((line) => `${visible(line)}\n`).join(''));
  }

  warning(message: string): void {
    if (this.json) process.stderr.write(jsonLine('warning', { message }));
    else process.stderr.write(`${style('yellow', 'warning:', process.stderr)} ${visible(message)}\n`);
  }

  /** How a run stands, for programs. */
  status(value: Json): void {
    if (this.json) process.stderr.write(jsonLine('status', value));
  }

  failure(failure: Failure): void {
    if (this.json) {
      const { code, message, exitCode, hint, details } = failure;
      process.stderr.write(jsonLine('error', { ...details, code, message, exitCode, hint }));
      return;
    }
    const lines = [
      `${style('red', 'error:', process.stderr)} ${visible(failure.message)}`,
      ...failure.lines.map((line) => `  ${visible(line)}`),
      ...(failure.hint === undefined ? [] : [visible(failure.hint)]),
    ];
    process.stderr.write(`${lines.join('\n')}\n`);
  }

  async #printResult(text: string): Promise<void> {
    if (this.#resultsClosed || text === '') return;
    try {
      await write(this.#resultsTo, text);
    } catch (thrown) {
      // A reader that has seen enough, such as `head`, is no failure.
      if (!(thrown instanceof Failure && thrown.quiet)) throw thrown;
      this.#resultsClosed = true;
    }
  }
}

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
    return new Failure('reader_gone', `whoever read ${name} is gone`, { quiet: true, cause });
  return new Failure('place_unwritable', `${name} cannot be written: ${cause.message}`, { cause });
};

/** Coloured where the stream is a terminal and NO_COLOR is not set. */
export const style = (
  colour: 'red' | 'green' | 'yellow' | 'cyan' | 'bold' | 'dim',
  text: string,
  stream: NodeJS.WriteStream = process.stdout,
): string => styleText(colour, text, { stream });
