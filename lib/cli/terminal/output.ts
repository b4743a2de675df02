/**
 * The one way out of every command. Standard output carries results only; everything else, progress included, goes
 * to standard error. With `--json` both carry a JSON object a line, told apart by `type`: result, entry | status,
 * warning, error.
 */
import { styleText } from 'node:util';
import type { Failure } from '../requests/failure.ts';
import { visible } from './visible-text.ts';

type Json = Readonly<Record<string, unknown>>;

export class Output {
  readonly json: boolean;
  /** Results go to standard error while standard output carries an archive. */
  #resultsTo: NodeJS.WriteStream = process.stdout;
  #resultsClosed = false;

  constructor(json: boolean) {
    this.json = json;
    // A reader that has seen enough, such as `head`, is no failure.
    process.stdout.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
      this.#resultsClosed = true;
    });
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

  /** Text that is the result itself, such as a log. */
  async text(text: string): Promise<void> {
    await this.#printResult(text);
  }

  /** True once nobody reads the results any more. */
  get resultsClosed(): boolean {
    return this.#resultsClosed;
  }

  /** For people only. */
  note(line: string): void {
    if (!this.json) process.stderr.write(`${line}\n`);
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
      ...(failure.hint === undefined ? [] : [failure.hint]),
    ];
    process.stderr.write(`${lines.join('\n')}\n`);
  }

  async #printResult(text: string): Promise<void> {
    if (this.#resultsClosed || text === '') return;
    await written(this.#resultsTo, text);
  }
}

const jsonLine = (type: string, value: Json): string =>
  `${JSON.stringify(Object.assign({ type }, value, { type }))}\n`;

/** Resolves when the reader has taken it: false when there is none any more. */
export const written = (stream: NodeJS.WriteStream, chunk: string | Uint8Array): Promise<boolean> =>
  new Promise((resolve) => {
    stream.write(chunk, (error) => resolve(error === null || error === undefined));
  });

/** Coloured where the stream is a terminal and NO_COLOR is not set. */
export const style = (
  colour: 'red' | 'green' | 'yellow' | 'cyan' | 'bold' | 'dim',
  text: string,
  stream: NodeJS.WriteStream = process.stdout,
): string => styleText(colour, text, { stream });
