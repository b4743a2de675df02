/** The contract of every `Notifier` adapter. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Notifier } from '../../lib/ports/notifier.ts';
import { eventually } from './eventually.ts';
import { sampleEvent, sampleId } from './sample-records.ts';

interface OpenedNotifier {
  notifier: Notifier;
  /** The notices that the receiver has got so far. */
  told(): Promise<readonly string[]> | readonly string[];
  close(): Promise<void>;
}

export const describeNotifier = (name: string, open: () => Promise<OpenedNotifier>): void => {
  describe(`notifier: ${name} [K5]`, () => {
    let opened: OpenedNotifier;
    beforeAll(async () => {
      opened = await open();
    });
    afterAll(() => opened.close());

    test('has a channel to be remembered by', () => {
      expect(opened.notifier.channel).toMatch(/^[a-z]+$/);
    });

    test('has told the other side of an event when it resolves, and may be asked again', async () => {
      const backupId = sampleId();
      const event = sampleEvent({ backupId });
      for (const times of [1, 2]) {
        await opened.notifier.deliver(event);
        await eventually(`${backupId} was told`, async () => {
          const about = (await opened.told()).filter((text) => text.includes(backupId));
          return about.length >= times || undefined;
        });
      }
    });
  });
};
