import type { EventRecord } from '../model/records/event.ts';
import type { Logger } from '../ports/logger.ts';
import type { Notifier } from '../ports/notifier.ts';

/** Every outcome as a line of the log: an error for what failed, a warning for what is incomplete. */
export class LogNotifier implements Notifier {
  readonly channel = 'log';
  readonly #log: Logger;

  constructor(log: Logger) {
    this.#log = log;
  }

  async deliver(event: EventRecord): Promise<void> {
    const { type, operationId, backupId, state, shortError, summary } = event;
    const fields = { event: type, operationId, backupId, state, shortError, summary };
    if (state === 'FAILED') this.#log.error(`${type}: ${backupId}`, fields);
    else if (state === 'SUCCESS') this.#log.info(`${type}: ${backupId}`, fields);
    else this.#log.warn(`${type}: ${backupId}`, fields);
  }
}
