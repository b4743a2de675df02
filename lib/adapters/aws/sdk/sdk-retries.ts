/**
 * Counts the SDK's own repeats, for throttling and broken connections: nothing else reports them. It is the clients'
 * logger, because the SDK logs every command's attempts.
 */
export class SdkRetries {
  #count = 0;

  /** The number of repeats since the last call. */
  take(): number {
    const count = this.#count;
    this.#count = 0;
    return count;
  }

  readonly debug = (): void => undefined;
  readonly warn = (): void => undefined;
  readonly trace = (): void => undefined;
  readonly info = (command: unknown): void => this.#add(command);
  readonly error = (command: unknown): void => this.#add(command);

  #add(command: unknown): void {
    const attempts: unknown = Object(Object(command).metadata).attempts;
    if (typeof attempts === 'number') this.#count += attempts - 1;
  }
}
