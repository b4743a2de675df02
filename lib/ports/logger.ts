/** Writes structured lines: a message and fields. Never a secret. */
export interface Logger {
  debug(message: string, fields?: Readonly<Record<string, unknown>>): void;
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
  error(message: string, fields?: Readonly<Record<string, unknown>>): void;
  /** Returns a logger that adds these fields to each line. */
  child(fields: Readonly<Record<string, unknown>>): Logger;
}
