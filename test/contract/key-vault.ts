/** The contract of every key service. Run it on an adapter with `describeKeyVault(name, open)`. */
import { createPublicKey, randomBytes, verify } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { KeyVault } from '../../lib/ports/key-vault.ts';

export type OpenVault = () => Promise<{
  vault: KeyVault;
  /** A vault of another installation. */
  other: KeyVault;
  /**
   * Actions that endanger the other vault's keys, to run one after the other, each with the expected message.
   */
  dangers: readonly { readonly endanger: () => Promise<unknown>; readonly said: RegExp }[];
  close: () => Promise<void>;
}>;

export const describeKeyVault = (name: string, open: OpenVault): void => {
  describe(`key vault: ${name}`, () => {
    let vault: KeyVault;
    let other: KeyVault;
    let dangers: Awaited<ReturnType<OpenVault>>['dangers'];
    let close: () => Promise<void>;
    beforeAll(async () => {
      ({ vault, other, dangers, close } = await open());
    });
    afterAll(() => close());

    const context = { installation: 'acme', keyId: 'k-1', scope: 'system', domain: 'root' };
    const plain = Buffer.from('AGE-SECRET-KEY-1EXAMPLE');

    test('unwraps what it wrapped, under the same context, whatever the order it is written in [K3]', async () => {
      const wrapped = await vault.wrap(plain, context);
      const reversed = Object.fromEntries(Object.entries(context).reverse());
      expect(Buffer.from(await vault.unwrap(wrapped, reversed)).equals(plain)).toBe(true);
      expect(Buffer.from(wrapped).includes(plain)).toBe(false);
    });

    test.each([1, 4096])('wraps %i bytes', async (length) => {
      const bytes = randomBytes(length);
      expect(Buffer.from(await vault.unwrap(await vault.wrap(bytes, context), context)).equals(bytes)).toBe(
        true,
      );
    });

    test('wraps no more than 4,096 bytes', async () => {
      await expect(vault.wrap(randomBytes(4097), context)).rejects.toThrow();
    });

    test('never wraps the same bytes into the same ciphertext', async () => {
      const [a, b] = await Promise.all([vault.wrap(plain, context), vault.wrap(plain, context)]);
      expect(Buffer.from(a).equals(Buffer.from(b))).toBe(false);
    });

    test.each([
      ['another value', { ...context, keyId: 'k-2' }],
      ['a field less', { installation: 'acme', keyId: 'k-1', scope: 'system' }],
      ['a field more', { ...context, more: 'x' }],
      ['nothing', {}],
      ['values that join to the same text', { ...context, keyId: 'k-1","scope', scope: '' }],
    ])('does not unwrap under a context of %s', async (_, wrong) => {
      const wrapped = await vault.wrap(plain, context);
      await expect(vault.unwrap(wrapped, wrong)).rejects.toMatchObject({ code: 'wrong_key' });
    });

    test('does not unwrap a ciphertext that was changed or cut', async () => {
      const wrapped = Buffer.from(await vault.wrap(plain, context));
      const places = Array.from({ length: 16 }, (_, i) => Math.floor((i / 15) * (wrapped.byteLength - 1)));
      for (const at of places) {
        const changed = Buffer.from(wrapped);
        changed[at] = (changed[at] ?? 0) ^ 1;
        await expect(vault.unwrap(changed, context)).rejects.toMatchObject({ code: 'wrong_key' });
      }
      for (const end of [0, 1, 20, wrapped.byteLength - 1])
        await expect(vault.unwrap(wrapped.subarray(0, end), context)).rejects.toMatchObject({
          code: 'wrong_key',
        });
    });

    test('does not unwrap what another installation wrapped [C8]', async () => {
      await expect(vault.unwrap(await other.wrap(plain, context), context)).rejects.toMatchObject({
        code: 'wrong_key',
      });
      expect(vault.keyId).not.toBe(other.keyId);
    });

    test('signs up to 4,096 bytes so that node:crypto verifies with its raw public key [B8]', async () => {
      const message = randomBytes(4_096);
      const signature = await vault.sign(message);
      const raw = await vault.verifyKey();
      expect([signature.byteLength, raw.byteLength]).toEqual([64, 32]);
      const x = Buffer.from(raw).toString('base64url');
      const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
      expect(verify(null, message, key, signature)).toBe(true);
      message[0] = (message[0] ?? 0) ^ 1;
      expect(verify(null, message, key, signature)).toBe(false);
      expect(Buffer.from(await vault.verifyKey()).equals(Buffer.from(raw))).toBe(true);
      expect(Buffer.from(await other.verifyKey()).equals(Buffer.from(raw))).toBe(false);
    });

    test('says when its keys cannot be used, or soon cannot, and nothing while all is well', async () => {
      expect(await other.danger()).toBeUndefined();
      for (const { endanger, said } of dangers) {
        await endanger();
        expect(await other.danger()).toMatch(said);
      }
      expect(await vault.danger()).toBeUndefined();
    });
  });
};
