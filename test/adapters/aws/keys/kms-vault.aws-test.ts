import {
  CreateKeyCommand,
  type CreateKeyCommandInput,
  DisableKeyCommand,
  KMSClient,
  ScheduleKeyDeletionCommand,
} from '@aws-sdk/client-kms';
import { KmsVault } from '../../../../lib/adapters/aws/keys/kms-vault.ts';
import { describeKeyVault, type OpenVault } from '../../../contract/key-vault.ts';
import { clientConfig } from '../../../emulators/credentials.ts';
import { startMinistack } from '../../../emulators/ministack.ts';
import { startMoto } from '../../../emulators/moto.ts';
import type { Emulator } from '../../../emulators/run-emulator.ts';

/** moto accepts only a key's id, not its ARN, when it schedules a deletion. */
const idOf = (arn: string): string => arn.split('/').at(-1) ?? '';

const vaultsOn =
  (start: () => Promise<Emulator>, signKeySpec: 'ECC_NIST_EDWARDS25519' | 'ECC_NIST_P256'): OpenVault =>
  async () => {
    const emulator = await start();
    const client = new KMSClient(clientConfig(emulator.endpoint));
    const newKey = async (input: CreateKeyCommandInput): Promise<string> => {
      const { KeyMetadata } = await client.send(new CreateKeyCommand(input));
      return KeyMetadata?.Arn ?? '';
    };
    const newKeys = async () => ({
      wrapKeyArn: await newKey({}),
      signKeyArn: await newKey({ KeySpec: signKeySpec, KeyUsage: 'SIGN_VERIFY' }),
    });
    const keys = await newKeys();
    return {
      vault: new KmsVault({ client, ...(await newKeys()) }),
      other: new KmsVault({ client, ...keys }),
      dangers: [
        {
          endanger: () => client.send(new DisableKeyCommand({ KeyId: idOf(keys.signKeyArn) })),
          said: /is disabled: enable it/,
        },
        {
          endanger: () =>
            client.send(
              new ScheduleKeyDeletionCommand({ KeyId: idOf(keys.wrapKeyArn), PendingWindowInDays: 7 }),
            ),
          said: /will be deleted on \d{4}-.*cancel its deletion/,
        },
      ],
      close: async () => {
        client.destroy();
        await emulator.stop();
      },
    };
  };

describeKeyVault('KMS on MiniStack', vaultsOn(startMinistack, 'ECC_NIST_EDWARDS25519'));
// moto does not support Ed25519, so its vaults sign with another algorithm; see differences.ts.
describeKeyVault('KMS on moto', vaultsOn(startMoto, 'ECC_NIST_P256'));
