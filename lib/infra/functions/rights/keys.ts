/**
 * Turns what the row of a function says of keys into rights on the store's KMS keys. A function that tells people also
 * reads one kind of wrapped key.
 */
import type { IHoldfastStore } from '../../store/holdfast-store.ts';
import type { InstallationFunction } from '../installation-function.ts';
import type { KeyPurpose, KeyRights } from '../rows/function-row.ts';

/** Keys are wrapped where they are made, and unwrapped only where archives are opened. */
export const grantKeys = (
  granted: InstallationFunction,
  { wraps = [], unwraps = [], signs, readsPublicKey, describes }: KeyRights,
  { store, installation }: { readonly store: IHoldfastStore; readonly installation: string },
): void => {
  const wrapKey = [store.wrapKey.keyArn];
  const signKey = [store.signKey.keyArn];
  // The encryption context says what a key is for; so does each right. lib/operations/keys/sealed-archive-key.ts makes them.
  const contextIs = (purpose: KeyPurpose) => ({
    StringEquals:
      purpose === 'installation'
        ? { 'kms:EncryptionContext:installation': installation }
        : { 'kms:EncryptionContext:purpose': purpose },
  });
  for (const purpose of wraps) granted.allow(['kms:Encrypt'], wrapKey, contextIs(purpose));
  for (const purpose of unwraps) granted.allow(['kms:Decrypt'], wrapKey, contextIs(purpose));
  if (signs === true) granted.allow(['kms:Sign'], signKey);
  if (signs === true || readsPublicKey === true) granted.allow(['kms:GetPublicKey'], signKey);
  if (describes === true) granted.allow(['kms:DescribeKey'], [...wrapKey, ...signKey]);
};
