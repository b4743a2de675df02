/**
 * Downloads an archive: in one piece or several, over broken connections, and checked by its SHA-256. The largest
 * archives have none; they are checked by their signed manifest.
 */

import { createHash, type Hash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Download } from '../../client/answers.ts';
import * as backups from '../../client/calls/backups.ts';
import { shellWord } from '../../model/text/shell-word.ts';
import { Failure } from '../failure.ts';
import type { Answer } from '../requests/answer.ts';
import { type Client, mayPass } from '../requests/client.ts';
import type { Session } from '../session.ts';
import { progressView } from '../waiting/progress-view.ts';
import type { ArchiveSink } from './archive-sink.ts';

export interface Downloaded {
  /** How it was checked to be the sealed archive; undefined for a stream that could not be checked. */
  readonly checkedBy: 'SHA-256' | 'signed manifest' | undefined;
  readonly bytes: number;
  readonly sha256: string;
}

/** Tries in a row without a byte before giving up. */
const FRUITLESS_TRIES = 6;

/** Downloads into the sink, and closes it. @throws `archive_damaged` when the file is not the sealed archive */
export const downloadInto = async (session: Session, id: string, sink: ArchiveSink): Promise<Downloaded> => {
  const view = progressView(session.output);
  const interrupt = (): void => {
    view.end();
    process.off('SIGINT', interrupt);
    process.kill(process.pid, 'SIGINT');
  };
  process.on('SIGINT', interrupt);
  try {
    const transfer = new Transfer(await session.client(), id, sink, (bytes, expectedBytes) =>
      view.update({ id, step: 'download', bytes, expectedBytes }),
    );
    return await transfer.run();
  } finally {
    process.off('SIGINT', interrupt);
    view.end();
    await sink.close();
  }
};

class Transfer {
  readonly #client: Client;
  readonly #id: string;
  readonly #sink: ArchiveSink;
  readonly #onProgress: (bytes: number, expectedBytes: number) => void;
  #hash: Hash = createHash('sha256');
  #at = 0;
  #begun = false;

  constructor(
    client: Client,
    id: string,
    sink: ArchiveSink,
    onProgress: (bytes: number, expectedBytes: number) => void,
  ) {
    this.#client = client;
    this.#id = id;
    this.#sink = sink;
    this.#onProgress = onProgress;
  }

  async run(): Promise<Downloaded> {
    for await (const piece of this.#sink.kept()) this.#count(piece);
    const resumed = this.#at > 0;
    const ticket = await this.#bringAll();
    const sha256 = this.#hash.digest('hex');
    const expected = ticket.text('sha256');
    const checkedBy = expected === '' ? await this.#checkByManifest() : 'SHA-256';
    if (expected === '' ? checkedBy !== 'another' : sha256 === expected) {
      await this.#sink.commit();
      return { bytes: this.#at, sha256, checkedBy: checkedBy === 'another' ? undefined : checkedBy };
    }
    // The bytes of an earlier try may be from another archive: download once more from the beginning.
    if (resumed && (await this.#restart())) return this.run();
    await this.#restart();
    throw new Failure(
      'archive_damaged',
      `the download is not the archive that was sealed: its SHA-256 is ${sha256}`,
      {
        hint: doNotUse(this.#id),
      },
    );
  }

  /** Checks every byte against the manifest that the backup's record names; a stream cannot be read again. */
  async #checkByManifest(): Promise<'signed manifest' | 'another' | undefined> {
    const { part } = this.#sink;
    if (part === undefined) return undefined;
    const backup = await this.#client.ask(backups.show(this.#id));
    const { isArchiveOf } = await import('./archive-of-manifest.ts');
    return (await isArchiveOf(part, backup.text('manifestSha256'))) ? 'signed manifest' : 'another';
  }

  /** Asks for the rest until all bytes are here; each try gets a new permission, since they expire. */
  async #bringAll(): Promise<Answer<Download>> {
    for (let fruitless = 0; ; ) {
      const before = this.#at;
      try {
        const ticket = await this.#client.ask(backups.download(this.#id));
        this.#begun = true;
        if (await this.#bringRest(ticket)) return ticket;
      } catch (error) {
        if (!this.#begun || !mayPass(error) || fruitless >= FRUITLESS_TRIES) throw error;
      }
      fruitless = this.#at > before ? 0 : fruitless + 1;
      if (fruitless > FRUITLESS_TRIES)
        throw new Failure('disconnected', `the download of ${this.#id} was interrupted too often`, {
          hint: 'Give the same command again: it continues where it was interrupted.',
        });
      await delay(250 * 2 ** fruitless);
    }
  }

  /** True when all is here. */
  async #bringRest(ticket: Answer<Download>): Promise<boolean> {
    const total = ticket.count('bytes');
    if (this.#at > total) await this.#restartOrThrow();
    if (this.#at === total) return true;
    const response = await this.#client.open(ticket.text('url'), this.#at);
    // The server ignored the range: skip the bytes that are here already.
    let passOver = response.status === 206 ? 0 : this.#at;
    if (response.status === 206 && !startsAt(response, this.#at)) await this.#restartOrThrow();
    if (response.status === 416 || response.body === null) {
      await response.body?.cancel();
      await this.#restartOrThrow();
      return false;
    }
    for await (const chunk of chunksOf(response)) {
      const wanted = chunk.subarray(Math.min(passOver, chunk.length));
      passOver -= chunk.length - wanted.length;
      if (wanted.length === 0) continue;
      if (this.#at + wanted.length > total)
        throw new Failure('archive_damaged', `more than the ${total} bytes of the archive arrived`, {
          hint: doNotUse(this.#id),
        });
      await this.#sink.write(wanted);
      this.#count(wanted);
      this.#onProgress(this.#at, total);
    }
    return this.#at === total;
  }

  #count(bytes: Uint8Array): void {
    this.#hash.update(bytes);
    this.#at += bytes.length;
  }

  async #restart(): Promise<boolean> {
    if (!(await this.#sink.restart())) return false;
    this.#hash = createHash('sha256');
    this.#at = 0;
    return true;
  }

  async #restartOrThrow(): Promise<void> {
    if (!(await this.#restart()))
      throw new Failure('archive_damaged', 'the archive changed while it came', { hint: doNotUse(this.#id) });
  }
}

const doNotUse = (id: string): string =>
  `Do not use it. "holdfast backup verify ${shellWord(id)}" shows whether the stored archive is whole.`;

const startsAt = (response: Response, offset: number): boolean => {
  const range = response.headers.get('content-range');
  return range === null || range.startsWith(`bytes ${offset}-`);
};

/** The body in pieces; a connection that breaks ends it early, and the caller asks for the rest. */
async function* chunksOf(response: Response): AsyncGenerator<Uint8Array> {
  const reader = response.body?.getReader();
  if (reader === undefined) return;
  try {
    for (;;) {
      const { done, value } = await reader.read().catch(() => ({ done: true, value: undefined }));
      if (done || value === undefined) return;
      yield value;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}
