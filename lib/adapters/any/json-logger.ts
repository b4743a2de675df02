/**
 * Writes messages as lines of JSON, or as short readable lines on a terminal. Secrets are removed by field name;
 * characters that control a terminal are escaped, in both forms.
 */
import { shortened } from '../../archive/shown-text.ts';
import { visible, visibleJson } from '../../model/text/visible-text.ts';
import type { Logger } from '../../ports/logger.ts';

export const logLevels = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof logLevels)[number];

const SECRET_FIELD =
  /(password|passphrase|secret|token|authorization|cookie|credentials?|identity|private_?key)$/i;
const URL_PASSWORD = /(\b[a-z][a-z0-9+.-]{0,30}:\/\/[^\s/:@]*):[^\s/@]*@/gi;
const STRUCK = '[redacted]';
const MAX_DEPTH = 6;
/** Longest text: log services accept lines of 256 KB, and a stack has some thousand characters. */
const MAX_CHARACTERS = 16 * 1024;

/** Removes what must not be logged: fields with a secret's name, and passwords in URLs anywhere in a text. */
export const redact = (value: unknown, depth = 0): unknown => {
  if (typeof value === 'string')
    return shortened(value, MAX_CHARACTERS).replace(URL_PASSWORD, `$1:${STRUCK}@`);
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  if (depth >= MAX_DEPTH) return '[deep]';
  if (value instanceof Error) return redact(errorFields(value), depth);
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (Array.isArray(value)) return value.map((item) => redact(item, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => [
      name,
      SECRET_FIELD.test(name) && field !== undefined && field !== null ? STRUCK : redact(field, depth + 1),
    ]),
  );
};

const errorFields = (error: Error): Record<string, unknown> => ({
  ...error,
  name: error.name,
  message: error.message,
  stack: error.stack,
  ...(error.cause === undefined ? {} : { cause: error.cause }),
});

export interface JsonLoggerOptions {
  /** @default `HOLDFAST_LOG`, else `info` */
  level?: LogLevel;
  /** Readable lines instead of JSON. @default whether standard error is a terminal */
  pretty?: boolean;
  /** Writes a line, given without its end. @default standard error */
  write?: (line: string) => void;
  fields?: Readonly<Record<string, unknown>>;
}

const levelOf = (name: string | undefined): LogLevel => logLevels.find((level) => level === name) ?? 'info';

export class JsonLogger implements Logger {
  readonly #level: LogLevel;
  readonly #pretty: boolean;
  readonly #write: (line: string) => void;
  readonly #fields: Readonly<Record<string, unknown>>;

  constructor(options: JsonLoggerOptions = {}) {
    this.#level = options.level ?? levelOf(process.env.HOLDFAST_LOG);
    this.#pretty = options.pretty ?? process.stderr.isTTY;
    this.#write = options.write ?? ((line) => process.stderr.write(`${line}\n`));
    this.#fields = options.fields ?? {};
  }

  debug(message: string, fields?: Readonly<Record<string, unknown>>): void {
    this.#log('debug', message, fields);
  }
  info(message: string, fields?: Readonly<Record<string, unknown>>): void {
    this.#log('info', message, fields);
  }
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void {
    this.#log('warn', message, fields);
  }
  error(message: string, fields?: Readonly<Record<string, unknown>>): void {
    this.#log('error', message, fields);
  }

  child(fields: Readonly<Record<string, unknown>>): Logger {
    return new JsonLogger({
      level: this.#level,
      pretty: this.#pretty,
      write: this.#write,
      fields: { ...this.#fields, ...fields },
    });
  }

  #log(level: LogLevel, message: string, fields: Readonly<Record<string, unknown>> = {}): void {
    if (logLevels.indexOf(level) < logLevels.indexOf(this.#level)) return;
    const line = { time: new Date().toISOString(), level, message: redact(message) };
    const rest = redact({ ...this.#fields, ...fields });
    this.#write(
      this.#pretty
        ? visible(prettyLine(line, rest))
        : visibleJson(JSON.stringify({ ...line, ...withoutKeys(rest, line) })),
    );
  }
}

/** A field can't replace the line's own time, level or message. */
const withoutKeys = (fields: unknown, taken: object): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(fields ?? {}).map(([name, value]) => [name in taken ? `${name}_` : name, value]),
  );

const prettyLine = (line: { time: string; level: string; message: unknown }, fields: unknown): string => {
  const rest = Object.entries(fields ?? {}).map(
    ([name, value]) =>
      `${name}=${typeof value === 'string' && !/[\s"=]/.test(value) ? value : JSON.stringify(value)}`,
  );
  return [line.time.slice(11, 23), line.level.padEnd(5), line.message, ...rest].join(' ');
};
