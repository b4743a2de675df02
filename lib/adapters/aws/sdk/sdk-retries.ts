/**
 * Counts what the SDK repeats by itself: throttling and broken connections that nothing else tells of. Given to
 * clients as their logger, since the SDK tells it of every command's attempts.
 */
export class SdkRetries {
  #count = 0;

  /** How many since the last time it was asked. */
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
