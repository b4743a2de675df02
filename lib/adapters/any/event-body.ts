/**
 * An event in the form for machines: the body of a webhook and the detail on EventBridge. docs/notices.md has its
 * schema.
 */
import { type EventRecord, eventTable } from '../../model/records/event.ts';
import { titleOf } from './event-mail.ts';

export const eventBody = (event: EventRecord) => {
  const { id, type, installation, at, operationId, backupId, state, scheduleId, domain, by } = event;
  const { shortError, summary, nextSteps = [] } = event;
  return {
    ...{ id, type, level: eventTable[type].level, title: titleOf(event), installation, at },
    ...{ operationId, backupId, state, scheduleId, domain, by, shortError, summary, nextSteps },
  };
};
