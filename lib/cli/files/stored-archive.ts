/** An archive in the store, read in parts over its usual download. */

import { setTimeout as delay } from 'node:timers/promises';
import { type ByteSource, requireWithin } from '../../archive/reader/byte-source.ts';
import * as backups from '../../client/calls/backups.ts';
import { type Client, mayPass } from '../requests/client.ts';

/** A new permission is requested when less than this is left of the old one. */
const LEFT_MILLISECONDS = 60_000;
const ATTEMPTS = 4;

/** @throws Failure, as the download of the backup would */
export const storedArchive = async (client: Client, id: string): Promise<ByteSource> => {
  const askTicket = () => client.ask(backups.download(id));
  let ticket = await askTicket();
  const size = ticket.count('bytes');
  const address = async (): Promise<string> => {
    if (Date.parse(ticket.text('expiresAt')) - Date.now() < LEFT_MILLISECONDS) ticket = await askTicket();
    return ticket.text('url');
  };
  return {
    size,
    readBytes: 8 * 1024 * 1024,
    read: async (offset, length) => {
      requireWithin({ size }, offset, length);
      if (length === 0) return new Uint8Array(0);
      for (let attempt = 1; ; attempt += 1) {
        try {
          return await client.readPart(await address(), offset, length);
        } catch (error) {
          if (attempt === ATTEMPTS || !mayPass(error)) throw error;
          await delay(250 * 2 ** attempt);
        }
      }
    },
  };
};
