/** The contract of every `Secrets` adapter. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { SecretReference } from '../../lib/model/components/common-settings.ts';
import type { Secrets } from '../../lib/ports/secrets.ts';

interface OpenedSecrets {
  secrets: Secrets;
  /** A reference that this adapter can resolve, and its value. */
  known: { reference: SecretReference; value: string };
  /** A reference of the same kind that resolves to nothing. */
  unknown: SecretReference;
  close(): Promise<void>;
}

export const describeSecrets = (name: string, open: () => Promise<OpenedSecrets>): void => {
  describe(`secrets: ${name}`, () => {
    let opened: OpenedSecrets;
    beforeAll(async () => {
      opened = await open();
    });
    afterAll(() => opened.close());

    test('gives the value behind a reference, each time', async () => {
      const { secrets, known } = opened;
      expect(await secrets.resolve(known.reference)).toBe(known.value);
      expect(await secrets.resolve(known.reference)).toBe(known.value);
    });

    test('names a reference with nothing behind it, and no value', async () => {
      const { secrets, known, unknown } = opened;
      const refused = await secrets.resolve(unknown).catch((thrown: unknown) => thrown);
      expect(refused).toMatchObject({ code: 'component_unavailable' });
      expect(String(refused)).toContain(Object.values(unknown)[0]);
      expect(String(refused)).not.toContain(known.value);
    });
  });
};
