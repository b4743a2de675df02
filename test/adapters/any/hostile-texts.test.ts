/**
 * Hostile texts from archives, sources, servers and requests, where a host writes them: logs, mails, answers.
 */
import { describe, expect, test } from '@jest/globals';
import { mailFor } from '../../../lib/adapters/any/event-mail.ts';
import { JsonLogger, redact } from '../../../lib/adapters/any/json-logger.ts';
import { LogNotifier } from '../../../lib/adapters/any/log-notifier.ts';
import { problemReply } from '../../../lib/api/problem.ts';
import { HoldfastError, shortErrorOf, toHoldfastError } from '../../../lib/model/errors.ts';
import { isVisible, visible, visibleJson, visibleLines } from '../../../lib/model/text/visible-text.ts';
import { httpAnswer } from '../../../lib/runtimes/lambda/http-answer.ts';
import { sampleEvent } from '../../contract/sample-records.ts';

const EVIL = 'a\r\nBcc: all@example.com\u001b]0;owned\u0007\u007f\u0085\u009b2J\u202e\u2028\ud800 b';
/** Characters that control a terminal or end a line. */
const UNSEEN = /[\p{Cc}\p{Cs}\u2028-\u202e\u2066-\u2069]/u;

describe('text that is shown [B8]', () => {
  test('is one line of what can be seen', () => {
    expect(visible(EVIL)).toBe(
      'a\\x0d\\nBcc: all@example.com\\x1b]0;owned\\x07\\x7f\\x85\\x9b2J\\u202e\\u2028\\ud800 b',
    );
    expect(visible(visible(EVIL))).toBe(visible(EVIL));
    expect(visibleLines('a\u001b\nb')).toBe('a\\x1b\nb');
    expect([isVisible(EVIL), isVisible('Grüße 日本 שלום 𝄞')]).toEqual([false, true]);
  });

  test('as JSON means the same', () => {
    const json = visibleJson(JSON.stringify({ [EVIL]: EVIL }));
    expect(json).not.toMatch(UNSEEN);
    expect(JSON.parse(json)).toEqual({ [EVIL]: EVIL });
  });
});

describe('the message of an error [B8]', () => {
  test('is one line of what can be seen, wherever it came from', () => {
    const { message } = new HoldfastError('component_failed', `database "${EVIL}" refused`);
    expect(message).not.toMatch(UNSEEN);
    expect(shortErrorOf(new TypeError(EVIL))).not.toMatch(UNSEEN);
    expect(toHoldfastError(new HoldfastError('conflict', EVIL)).message).toBe(visible(EVIL));
  });

  test('is answered as JSON that no browser takes for a page, and stands in no header', () => {
    const page = '<script>alert(1)</script>';
    const { headers, body } = httpAnswer(problemReply(new HoldfastError('not_found', page)));
    expect(headers).toEqual({
      'content-type': 'application/problem+json',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    });
    expect(JSON.parse(body ?? '').detail).toBe(page);
    const text = httpAnswer({ status: 200, text: page });
    expect(text.headers).toMatchObject({
      'content-type': 'text/plain; charset=utf-8',
      'x-content-type-options': 'nosniff',
    });
  });
});

describe('a line of the log [B8]', () => {
  const logged = (pretty: boolean): string[] => {
    const lines: string[] = [];
    const log = new JsonLogger({ pretty, write: (line) => lines.push(line) });
    log.warn(EVIL, { path: EVIL, short: '\u001b[2J', [EVIL]: 1, list: [EVIL], error: new Error(EVIL) });
    return lines;
  };

  test.each([true, false])('is one line, and drives no terminal; readable: %s', (pretty) => {
    const lines = logged(pretty);
    expect(lines).toHaveLength(1);
    expect(lines[0]).not.toMatch(UNSEEN);
  });

  test('as JSON keeps every character', () => {
    expect(JSON.parse(logged(false)[0] ?? '')).toMatchObject({ message: EVIL, path: EVIL, list: [EVIL] });
  });

  test('tells an outcome whatever its error holds', async () => {
    const lines: string[] = [];
    const log = new JsonLogger({ pretty: false, write: (line) => lines.push(line) });
    await new LogNotifier(log).deliver(sampleEvent({ state: 'FAILED', shortError: EVIL, summary: EVIL }));
    expect(lines.join()).not.toMatch(UNSEEN);
  });

  test('costs no more for a text that is made to cost much', () => {
    const before = performance.now();
    for (const text of ['a-'.repeat(500_000), 'a://'.repeat(300_000), `${'a'.repeat(1_000_000)}://`])
      redact(text);
    expect(performance.now() - before).toBeLessThan(2_000);
  });
});

describe('a mail [B8] [K5]', () => {
  const { subject, text } = mailFor(
    sampleEvent({
      type: 'backup.failed',
      state: 'FAILED',
      shortError: `${EVIL}\nThere is nothing to do.`,
      // The notice makes its own line breaks; the values in it must not add any.
      summary: `why: ${EVIL.replaceAll('\n', '')}\ntook: 1 s`,
    }),
  );

  test('has a subject of one line of what can be seen', () => {
    expect(subject).not.toMatch(UNSEEN);
  });

  test('has no line that an error began, and nothing that cannot be seen', () => {
    expect(text.replaceAll('\n', '')).not.toMatch(UNSEEN);
    expect(text).not.toMatch(/^(Bcc|There is nothing to do)/m);
    expect(text).toContain('\\nThere is nothing to do.');
    expect(text).toContain('\ntook: 1 s\n');
  });
});
