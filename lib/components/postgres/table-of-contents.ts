/** What a dump holds: its own table of contents, as `pg_restore --list` prints it. */
import type { Readable } from 'node:stream';
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

/** The longest of `names` that the text begins or ends with, a space apart; else up to the first or last space. */
const cutOwner = (text: string, owners: readonly string[]): string => {
  const owner = owners.filter((name) => text.endsWith(` ${name}`)).sort((a, b) => b.length - a.length)[0];
  if (owner !== undefined) return text.slice(0, -owner.length - 1);
  return text.slice(0, Math.max(0, text.lastIndexOf(' ')));
};

/**
 * Fields of a line are divided by spaces, and names may hold spaces: known names tell where they end. Line ends within
 * names are spaces here, too: pg_restore puts them there, lest a name begin a line.
 */
export const parseTableOfContents = (listing: string, details: Pick<DumpDetails, 'owners'>): Relation[] => {
  const owners = details.owners.map((owner) => owner.replaceAll(/[\r\n]/g, ' '));
  const lines = listing.split('\n');
  const schemas: string[] = [];
  for (const line of lines) {
    const match = SCHEMA.exec(line);
    if (match?.[1] !== undefined) schemas.push(cutOwner(match[1], owners));
  }
  schemas.sort((a, b) => b.length - a.length);
  const relations: Relation[] = [];
  for (const line of lines) {
    const rest = RELATION.exec(line)?.[1];
    if (rest === undefined) continue;
    const text = cutOwner(rest, owners);
    const schema = schemas.find((name) => text.startsWith(`${name} `)) ?? text.slice(0, text.indexOf(' '));
    relations.push({ schema, name: text.slice(schema.length + 1) });
  }
  return relations;
};

/** Reads as much of the dump as its table of contents takes: that stands at its head. */
export const readRelations = async (
  dump: Readable,
  { tools, details, signal }: { tools: ClientTools; details: DumpDetails; signal: AbortSignal },
): Promise<Relation[]> => {
  const tool = startTool('pg_restore', ['--list'], { tools, signal });
  const chunks: Buffer[] = [];
  tool.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  const end: ToolEnd = await feed(dump, tool, signal);
  if (end.code !== 0)
    throw new HoldfastError('component_failed', `pg_restore cannot read the dump: ${toldWords(end.words)}`);
  return parseTableOfContents(Buffer.concat(chunks).toString('utf8'), details);
};
