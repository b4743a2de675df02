/**
 * Names and messages with line breaks must not add lines of their own to the log of an operation or to
 * notices.
 */
import { expect, test } from '@jest/globals';
import { HoldfastError } from '../../../lib/model/errors.ts';
import { endOperation } from '../../../lib/operations/engine/end-operation.ts';
import { logOwnerOf, openRunLog, readRunLog } from '../../../lib/operations/task/run-log.ts';
import { everyRecord } from '../../../lib/ports/catalog/every-record.ts';
import { StepwiseHost } from '../stepwise-host.ts';

const FORGED = '2020-01-01T00:00:00.000Z INFO  all is well';
const EVIL = `a\n${FORGED}\r\n# Log of other-6f9619ff-8b86-4011-b42d-00c04fc964ff, kept by Holdfast\u001b[2J\u009b\u202e`;

test('a log of a run has a line for each message, whatever that and its fields hold [B8]', async () => {
  const stepwise = await StepwiseHost.open();
  try {
    const { id } = await stepwise.request();
    const log = openRunLog(stepwise.host, await stepwise.hold(), 'test');
    log.warn(EVIL, { path: EVIL, holders: [EVIL], count: 3, error: new Error(EVIL) });
    log.child({ component: EVIL }).error('second', { [EVIL]: true });
    await log.flush();
    const text = await readRunLog(stepwise.host, id);
    const lines = text.split('\n');
    expect(lines).toHaveLength(4);
    expect(logOwnerOf(text)).toBe(id);
    expect(lines.filter((line) => line.startsWith(FORGED) || /^# Log of other/.test(line))).toEqual([]);
    expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u202e]/u);
    expect(text).toContain('count=3');
  } finally {
    await stepwise.close();
  }
});

test('what people are told of an outcome has no line that an error began [B8] [K5]', async () => {
  const stepwise = await StepwiseHost.open();
  try {
    await stepwise.request();
    const error = new HoldfastError('component_failed', `the server said ${EVIL}`);
    await endOperation(stepwise.host, await stepwise.hold(), { state: 'FAILED', error });
    const [event] = await Array.fromAsync(everyRecord(stepwise.host, 'event'));
    expect(event?.shortError).toContain('\\n2020-01-01');
    expect(event?.summary).toContain('\\n2020-01-01');
    expect(event?.summary).not.toMatch(/^(2020|# Log)/m);
    expect(event?.summary.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u202e]/u);
  } finally {
    await stepwise.close();
  }
});
