/** What a dump holds: its own table of contents, as `pg_restore --list` prints it. */
import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { Turns } from '../../archive/turns.ts';
import { HoldfastError } from '../../model/errors.ts';
import type { ClientTools } from './client-tools.ts';
import type { DumpDetails } from './source-database.ts';
import { feed } from './tool-input.ts';
import { startTool, type ToolEnd, toldWords } from './tool-process.ts';

/** A table, view, materialised view, sequence or foreign table. */
export interface Relation {
  readonly schema: string;
  readonly name: string;
}

/** The catalog of relations, pg_class: a line of anything else has another number in this place. */
const RELATION = /^\d+; 1259 \d+ (?:TABLE|VIEW|MATERIALIZED VIEW|SEQUENCE|FOREIGN TABLE) (.*)$/;
const SCHEMA = /^\d+; 2615 \d+ SCHEMA - (.*)$/;

/** Far more than any dump of ours lists: a plan counts its relations, and names the first of them. */
const MAX_LISTING_BYTES = 64 * 1024 * 1024;
const MAX_LISTED = 500_000;
/** Of a line no more is kept: the longest name takes a hundredth of it. */
const MAX_LINE_CHARACTERS = 64 * 1024;
/** A name has 63 bytes, or a few more where somebody has built PostgreSQL so. Each byte may come as three. */
const MAX_NAME_CHARACTERS = 256;

/** Names that a text may begin or end with, the longest first: found by their lengths, since there may be very many. */
class Names {
  readonly #names: ReadonlySet<string>;
  readonly #lengths: readonly number[];

  constructor(names: readonly string[]) {
    this.#names = new Set(names.filter(({ length }) => length <= MAX_NAME_CHARACTERS));
    this.#lengths = [...new Set([...this.#names].map(({ length }) => length))].sort((a, b) => b - a);
  }

  /** With a space behind it. */
  atStart(text: string): string | undefined {
    const length = this.#lengths.find((each) => text[each] === ' ' && this.#names.has(text.slice(0, each)));
    return length === undefined ? undefined : text.slice(0, length);
  }

  /** With a space before it. */
  atEnd(text: string): string | undefined {
    const length = this.#lengths.find(
      (each) => text.at(-each - 1) === ' ' && this.#names.has(text.slice(text.length - each)),
    );
    return length === undefined ? undefined : text.slice(text.length - length);
  }
}

/** Cut before the longest of the owners; else before the last space. */
const cutOwner = (text: string, owners: Names): string => {
  const owner = owners.atEnd(text);
  if (owner !== undefined) return text.slice(0, -owner.length - 1);
  return text.slice(0, Math.max(0, text.lastIndexOf(' ')));
};

/** Takes a listing as it comes, and keeps of it only what relations are told from. */
export class TableOfContents {
  readonly #owners: Names;
  readonly #decoder = new StringDecoder('utf8');
  readonly #schemas: string[] = [];
  readonly #relations: string[] = [];
  #rest = '';
  #bytes = 0;
  #entries = 0;

  constructor({ owners }: Pick<DumpDetails, 'owners'>) {
    this.#owners = new Names(owners.map((owner) => owner.replaceAll(/[\r\n]/g, ' ')));
  }

  /** Why no more of it is taken; undefined while it may go on. */
  get excess(): string | undefined {
    if (this.#bytes > MAX_LISTING_BYTES) return `takes more than ${MAX_LISTING_BYTES} bytes`;
    return this.#entries > MAX_LISTED ? `has more than ${MAX_LISTED} entries` : undefined;
  }

  take(chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.excess !== undefined) return;
    const lines = `${this.#rest}${this.#decoder.write(chunk)}`.split('\n');
    this.#rest = lines.pop()?.slice(0, MAX_LINE_CHARACTERS) ?? '';
    for (const line of lines) this.#takeLine(line);
  }

  #takeLine(line: string): void {
    if (!line.startsWith(';')) this.#entries += 1;
    const schema = SCHEMA.exec(line)?.[1];
    const relation = RELATION.exec(line)?.[1];
    if (schema !== undefined) this.#schemas.push(schema);
    if (relation !== undefined) this.#relations.push(relation);
  }

  /**
   * Fields of a line are divided by spaces, and names may hold spaces: known names tell where they end. Line ends within
   * names are spaces here, too: pg_restore puts them there, lest a name begin a line.
   */
  async relations(): Promise<Relation[]> {
    this.#takeLine(this.#rest);
    this.#rest = '';
    const turns = new Turns();
    const names: string[] = [];
    for (const schema of this.#schemas) {
      names.push(cutOwner(schema, this.#owners));
      await turns.step();
    }
    const schemas = new Names(names);
    const relations: Relation[] = [];
    for (const relation of this.#relations) {
      const text = cutOwner(relation, this.#owners);
      const schema = schemas.atStart(text) ?? text.slice(0, text.indexOf(' '));
      relations.push({ schema, name: text.slice(schema.length + 1) });
      await turns.step();
    }
    return relations;
  }
}

/**
 * Reads as much of the dump as its table of contents takes: that stands at its head.
 * Throws `component_failed` where pg_restore cannot read it, `restore_refused` for one that lists more than a plan takes.
 */
export const readRelations = async (
  dump: Readable,
  { tools, details, signal }: { tools: ClientTools; details: DumpDetails; signal: AbortSignal },
): Promise<Relation[]> => {
  const tool = startTool('pg_restore', ['--list'], { tools, signal });
  const listing = new TableOfContents(details);
  tool.stdout.on('data', (chunk: Buffer) => {
    listing.take(chunk);
    if (listing.excess !== undefined) tool.kill();
  });
  const end: ToolEnd = await feed(dump, tool, signal);
  if (listing.excess !== undefined)
    throw new HoldfastError(
      'restore_refused',
      `the table of contents of the dump ${listing.excess}, more than a plan takes; do not trust this archive, or ` +
        'restore the dump by hand: holdfast recover-script tells how',
    );
  if (end.code !== 0)
    throw new HoldfastError('component_failed', `pg_restore cannot read the dump: ${toldWords(end.words)}`);
  return listing.relations();
};
