/** Writes archives: the one place that knows the order of members. The caller says where the bytes go. */
import { encryptBytes } from '../age/age-header.ts';
import type { Head, Member } from '../format.ts';
import { frameMember } from '../layout/outer-tar.ts';
import { LOG_NAME } from '../member-names.ts';
import { type ArchiveHead, describeMember, makeHead } from './head.ts';
import type { RecoverFacts } from './recover.ts';
import { type ArchiveSigner, type ArchiveTail, makeTail, type TailInput } from './tail.ts';

/** A member whose bytes are in memory, as captures make it. */
export interface ReadyMember {
  readonly member: Member;
  readonly bytes: readonly Uint8Array[];
}

/**
 * Makes the parts of one archive, each by itself: different processes may make them, and a store may join them. Their
 * order: `begin`, the members of each component framed by `frame`, the log if there is one, `end`.
 */
export class ArchiveWriter {
  readonly #head: Head;

  /** @param head may hold more than a head: pass a manifest to seal its archive anew */
  constructor(head: Head) {
    this.#head = head;
  }

  /** What the archive begins with: `holdfast.json` and `RECOVER.md`. @throws `ZodError` when the head does not fit the format */
  begin(facts: RecoverFacts): ArchiveHead {
    return makeHead(this.#head, facts);
  }

  /** A member as it is in the archive: its header, its bytes, padding. */
  frame({ member, bytes }: ReadyMember): readonly Uint8Array[] {
    return frameMember(member.name, bytes, this.#head.createdAt);
  }

  /** The log of the run, encrypted to the archive's key: the last member before the end. */
  async log(text: string): Promise<ReadyMember> {
    const bytes = await encryptBytes(Buffer.from(text), { recipients: [this.#head.archiveKey] });
    return { member: describeMember(LOG_NAME, bytes), bytes: [bytes] };
  }

  /** The sealed key, the manifest and its signature. @throws as `makeTail` */
  end(rest: Omit<TailInput, 'head'>, signer: ArchiveSigner): Promise<ArchiveTail> {
    return makeTail({ head: this.#head, ...rest }, signer);
  }
}

/** Writes a whole archive in one process, its members one behind the other. */
export class SequentialWriter {
  readonly #parts: ArchiveWriter;
  readonly #write: (bytes: readonly Uint8Array[]) => unknown;
  readonly #members: Member[] = [];

  /** @param write takes the next bytes of the archive; awaited before anything else is done */
  constructor(head: Head, write: (bytes: readonly Uint8Array[]) => unknown) {
    this.#parts = new ArchiveWriter(head);
    this.#write = write;
  }

  /** The members that were written, in order; after `end` without the last three. */
  get members(): readonly Member[] {
    return this.#members;
  }

  async begin(facts: RecoverFacts): Promise<void> {
    const { bytes, members } = this.#parts.begin(facts);
    this.#members.push(...members);
    await this.#write([bytes]);
  }

  async add(ready: ReadyMember): Promise<void> {
    this.#members.push(ready.member);
    await this.#write(this.#parts.frame(ready));
  }

  async log(text: string): Promise<void> {
    await this.add(await this.#parts.log(text));
  }

  /** @throws as `makeTail` */
  async end(rest: Omit<TailInput, 'head' | 'members'>, signer: ArchiveSigner): Promise<ArchiveTail> {
    const tail = await this.#parts.end({ ...rest, members: this.#members }, signer);
    await this.#write([tail.bytes]);
    return tail;
  }
}
