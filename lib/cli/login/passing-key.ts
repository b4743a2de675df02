/**
 * Opens an archive in the store with the backup key of its installation: the key is downloaded as a key file under a
 * password that only this process knows, and is written nowhere. The server logs that the key was downloaded, and by
 * whom.
 */

import { randomBytes } from 'node:crypto';
import { unsealArchiveKey } from '../../archive/keys/archive-key.ts';
import { openKeyFile, readKeyFile } from '../../archive/keys/backup-key-file.ts';
import type { OpenedArchive } from '../../archive/reader/open.ts';
import * as keys from '../../client/calls/keys.ts';
import type { Client } from '../requests/client.ts';

/** @throws Failure `not_found`, `forbidden`; `wrong_key` */
export const passingKey = async (client: Client, archive: OpenedArchive, keyId: string): Promise<string> => {
  const password = randomBytes(32).toString('base64url');
  const answer = await client.ask(keys.download(keyId, password));
  const identity = await openKeyFile(readKeyFile(answer.text('file')), password);
  const sealed = await archive.readMember('key.age');
  return unsealArchiveKey(sealed, { identities: [identity] }, archive.manifest.archiveKey);
};
