/** Errors of the KMS API reference that no emulator gives, returned by a client that sends no requests. */
import {
  IncorrectKeyException,
  InvalidCiphertextException,
  KMSClient,
  KMSInternalException,
  KMSInvalidStateException,
} from '@aws-sdk/client-kms';
import { describe, expect, test } from '@jest/globals';
import { KmsVault } from '../../../../lib/adapters/aws/keys/kms-vault.ts';
import { clientConfig } from '../../../emulators/credentials.ts';

const arn = 'arn:aws:kms:eu-central-1:111122223333:key/one';
const vaultAnswering = (answer: () => object): KmsVault => {
  const client = new KMSClient(clientConfig('http://127.0.0.1:9'));
  client.middlewareStack.add(() => async () => ({ output: { $metadata: {}, ...answer() }, response: {} }), {
    step: 'initialize',
  });
  return new KmsVault({ client, wrapKeyArn: arn, signKeyArn: arn });
};
const failing = (error: Error): KmsVault =>
  vaultAnswering(() => {
    throw error;
  });
const $metadata = { httpStatusCode: 400 };

describe('what was wrapped elsewhere, or was changed [C8]', () => {
  test.each([
    ['IncorrectKeyException', new IncorrectKeyException({ message: 'another key', $metadata })],
    ['InvalidCiphertextException', new InvalidCiphertextException({ message: 'not authentic', $metadata })],
  ])('is the wrong key: %s', async (_, error) => {
    await expect(failing(error).unwrap(Buffer.from('x'), { purpose: 'test' })).rejects.toMatchObject({
      code: 'wrong_key',
      message: expect.stringContaining(arn),
    });
  });

  test('as an empty ciphertext is, without asking', async () => {
    const vault = failing(new Error('asked'));
    await expect(vault.unwrap(new Uint8Array(), {})).rejects.toMatchObject({ code: 'wrong_key' });
  });
});

test('a key that waits for its deletion is told, with what to do', async () => {
  const error = new KMSInvalidStateException({ message: 'is pending deletion', $metadata });
  await expect(failing(error).unwrap(Buffer.from('x'), {})).rejects.toMatchObject({
    code: 'internal',
    message: expect.stringContaining('cancel its deletion'),
  });
});

test('what may pass is tried again, and is no wrong key', async () => {
  const error = new KMSInternalException({ message: 'later', $metadata: { httpStatusCode: 500 } });
  await expect(failing(error).unwrap(Buffer.from('x'), {})).rejects.toMatchObject({ code: 'unavailable' });
});
