import { describe, expect, test } from '@jest/globals';
import { mailFor } from '../../../lib/adapters/any/event-mail.ts';
import { eventTypes } from '../../../lib/model/records/event.ts';
import { sampleEvent, sampleId } from '../../contract/sample-records.ts';

const states = {
  succeeded: 'SUCCESS',
  partial: 'PARTIAL',
  failed: 'FAILED',
  cancelled: 'CANCELLED',
} as const;
const stateOf = (type: string) =>
  Object.entries(states).find(([ending]) => type.endsWith(ending))?.[1] ?? 'FAILED';

describe('the message of an event [K5]', () => {
  test.each(eventTypes)('%s says what, the outcome and the next step', (type) => {
    const event = sampleEvent({
      type,
      state: stateOf(type),
      operationId: sampleId('restore'),
      summary: '9.8 MB in 2 s',
      nextSteps: ['See which, and why:', '  holdfast backup show it'],
    });
    const { subject, text, messageId } = mailFor(event);
    const [what = ''] = type.split('.');
    expect(subject).toContain(`${what} of ${event.backupId}`);
    expect(text).toContain('9.8 MB in 2 s');
    expect(text).toContain(`Operation:    ${event.operationId}`);
    expect(text).toContain('See which, and why:\n  holdfast backup show it\n');
    expect(messageId).toContain(event.id);
  });

  test('has a subject of one line, whatever the error holds', () => {
    const { subject } = mailFor(
      sampleEvent({ state: 'FAILED', shortError: `a\r\nBcc: everyone@example.com\u0000${'x'.repeat(500)}` }),
    );
    expect(subject).not.toMatch(/\p{Cc}/u);
    expect(subject.length).toBeLessThanOrEqual(150);
  });
});
