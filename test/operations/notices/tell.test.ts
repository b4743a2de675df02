import { describe, expect, test } from '@jest/globals';
import { mailFor } from '../../../lib/adapters/any/event-mail.ts';
import { configSchema } from '../../../lib/model/config/config.ts';
import { eventSchema, eventTable, otherEventTypes } from '../../../lib/model/records/event.ts';
import { tell } from '../../../lib/operations/task/tell.ts';

const host = {
  config: configSchema.parse({ installation: 'acme' }),
  clock: { now: () => new Date('2026-11-20T10:00:00Z') },
};
const eventOf = (change: ReturnType<typeof tell>) => {
  if (!('put' in change) || change.put !== 'event') throw new Error('not the put of an event');
  return change.record;
};

describe('what people must know beside the ends of operations [K5]', () => {
  test.each(otherEventTypes)('%s is an outbox row, and a mail that says what, who and what next', (type) => {
    const event = eventOf(
      tell(host, {
        type,
        title: 'the backup key ops was exported',
        lines: ['from 192.0.2.7'],
        by: 'token alice',
        nextSteps: ['If that was not you:', '  holdfast key list'],
      }),
    );
    expect(eventSchema.parse(event)).toEqual(event);
    expect(eventTable[type].level).toMatch(/^(info|warning|error)$/);
    const { subject, text } = mailFor(event);
    expect(subject).toBe('[Holdfast acme] the backup key ops was exported');
    for (const told of ['from 192.0.2.7', 'By:           token alice', '  holdfast key list\n'])
      expect(text).toContain(told);
    expect(text).not.toMatch(/undefined|Backup:|Operation:/);
  });

  test('the texts of an event print as they read [B8]', () => {
    const evil = 'a\r\n\u001b[2J b';
    const event = eventOf(
      tell(host, { type: 'key.deleted', title: evil, lines: [evil], shortError: evil, by: evil }),
    );
    const { subject, text } = mailFor(event);
    for (const shown of [subject, ...text.split('\n')]) expect(shown).not.toMatch(/\p{Cc}/u);
  });
});
