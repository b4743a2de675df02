import { type EventRecord, eventTable } from '../../model/records/event.ts';
import type { Logger } from '../../ports/logger.ts';
import type { Notifier } from '../../ports/notifier.ts';
import { titleOf } from './event-mail.ts';

/** Writes every event to the log: an error for a failure, a warning for something that somebody should look at. */
export class LogNotifier implements Notifier {
  readonly channel = 'log';
  readonly #log: Logger;

  constructor(log: Logger) {
    this.#log = log;
  }

  /** The log gets every event. */
  takes(): boolean {
    return true;
  }

  async deliver(event: EventRecord): Promise<string | undefined> {
    const { type, operationId, backupId, state, shortError, summary, title } = event;
    const fields = { event: type, title, operationId, backupId, state, shortError, summary };
    const line = `${type}: ${backupId ?? titleOf(event)}`;
    const { level } = eventTable[type];
    if (level === 'error') this.#log.error(line, fields);
    else if (level === 'info') this.#log.info(line, fields);
    else this.#log.warn(line, fields);
    return 'logged';
  }
}
