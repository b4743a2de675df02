import { CreateKeyCommand, type CreateKeyCommandInput, KMSClient } from '@aws-sdk/client-kms';
import { KmsVault } from '../../../lib/adapters/aws/keys/kms-vault.ts';
import { describeKeyVault, type OpenVault } from '../../contract/key-vault.ts';
import { clientConfig } from '../../emulators/credentials.ts';
import { startMinistack } from '../../emulators/ministack.ts';
import { startMoto } from '../../emulators/moto.ts';
import type { Emulator } from '../../emulators/run-emulator.ts';

const vaultsOn =
  (start: () => Promise<Emulator>, signKeySpec: 'ECC_NIST_EDWARDS25519' | 'ECC_NIST_P256'): OpenVault =>
  async () => {
    const emulator = await start();
    const client = new KMSClient(clientConfig(emulator.endpoint));
    const newKey = async (input: CreateKeyCommandInput): Promise<string> => {
      const { KeyMetadata } = await client.send(new CreateKeyCommand(input));
      return KeyMetadata?.Arn ?? '';
    };
    const newVault = async (): Promise<KmsVault> =>
      new KmsVault({
        client,
        wrapKeyArn: await newKey({}),
        signKeyArn: await newKey({ KeySpec: signKeySpec, KeyUsage: 'SIGN_VERIFY' }),
      });
    return {
      vault: await newVault(),
      other: await newVault(),
      close: async () => {
        client.destroy();
        await emulator.stop();
      },
    };
  };

describeKeyVault('KMS on MiniStack', vaultsOn(startMinistack, 'ECC_NIST_EDWARDS25519'));
// moto knows no Ed25519: what its vaults sign is a difference, see differences.ts.
describeKeyVault('KMS on moto', vaultsOn(startMoto, 'ECC_NIST_P256'));
