/** The same archive with a different end: another signer or another manifest. Its segments stay the same. */

import type { Manifest } from '../../../lib/archive/format.ts';
import { KEY_NAME, KMS_KEY_NAME } from '../../../lib/archive/member-names.ts';
import { bytesSource } from '../../../lib/archive/reader/byte-source.ts';
import { openArchive } from '../../../lib/archive/reader/open.ts';
import { type ArchiveSigner, makeTail } from '../../../lib/archive/writer/tail.ts';

export const signedAnew = async (
  bytes: Uint8Array,
  signer: ArchiveSigner,
  changed: Partial<Pick<Manifest, 'completedAt' | 'components' | 'encryption'>> = {},
  sealedKey?: Uint8Array,
): Promise<Buffer> => {
  const archive = await openArchive(bytesSource(Buffer.from(bytes)), { trust: () => true });
  const manifest = { ...archive.manifest, ...changed };
  const { completedAt, encryption, components } = manifest;
  const keyName = archive.manifest.encryption.mode === 'hsm' ? KMS_KEY_NAME : KEY_NAME;
  const tail = await makeTail(
    {
      head: manifest,
      completedAt,
      encryption,
      components,
      members: manifest.members.slice(0, -1),
      sealedKey: sealedKey ?? (await archive.readMember(keyName)),
    },
    signer,
  );
  return Buffer.concat([bytes.subarray(0, tail.offset), tail.bytes]);
};
