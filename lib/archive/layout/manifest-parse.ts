/**
 * Parses a manifest and checks every rule, on a thread where there is one. The result crosses to the main thread as few
 * strings and numbers, which become objects there a piece at a time.
 */
import { parseCanonicalJson, refuseOtherFormat } from '../canonical-json.ts';
import { ArchiveError } from '../errors.ts';
import { type Member, manifestSchema } from '../format.ts';
import { MANIFEST_NAME } from '../member-names.ts';
import { readMembers } from './manifest-members.ts';
import { type ManifestHead, ManifestRules } from './manifest-rules.ts';
import { scanManifest } from './manifest-scan.ts';

/** A run of consecutive members. */
export interface MemberRun {
  readonly count: number;
  /** Names joined by line feeds, which no name holds. */
  readonly names: string;
  /** Hashes joined: 64 characters each. */
  readonly sha256s: string;
  /** Size, plainBytes, entries, firstSegment, lastSegment of each member; NaN for a number that a member lacks. */
  readonly numbers: Float64Array<ArrayBuffer>;
}

export interface ParsedManifest {
  /** All but components and members, as JSON. */
  readonly about: string;
  /** Id and summary, as JSON, of each component. */
  readonly components: readonly (readonly [id: string, summary: string])[];
  readonly members: readonly MemberRun[];
}

const RUN_MEMBERS = 4_096;
const FIELDS = 5;
const NO_MEMBERS = Buffer.from(']}\n');

/**
 * Takes time and memory in proportion to the bytes, whatever they hold.
 *
 * @throws `archive_format_unsupported`; `archive_damaged` for bytes that are no manifest, or contradict themselves;
 * `archive_bomb`.
 */
export const parseManifest = (bytes: Buffer): ParsedManifest => {
  const { membersAt, excess } = scanManifest(bytes);
  if (excess !== undefined) {
    // Checked first, because a later format may have other limits.
    const [, format] = /^\{"format":(\d{1,15})[,}]/.exec(bytes.toString('latin1', 0, 32)) ?? [];
    if (format !== undefined) refuseOtherFormat({ format: Number(format) }, MANIFEST_NAME);
    throw new ArchiveError(
      'archive_damaged',
      `${MANIFEST_NAME} is not what the format says: ${excess}; the Holdfast that made this archive is faulty`,
    );
  }
  const told = membersAt === undefined ? bytes : Buffer.concat([bytes.subarray(0, membersAt), NO_MEMBERS]);
  const { members: _, ...about } = parseCanonicalJson(manifestSchema, told, MANIFEST_NAME);
  return { ...headOf(about), members: [...membersOf(about, readMembers(bytes, membersAt ?? bytes.length))] };
};

const headOf = ({ components, ...about }: ManifestHead): Omit<ParsedManifest, 'members'> => ({
  about: JSON.stringify(about),
  components: Object.entries(components).map(([id, summary]) => [id, JSON.stringify(summary)]),
});

function* membersOf(about: ManifestHead, members: Iterable<Member>): Generator<MemberRun, void, undefined> {
  const rules = new ManifestRules(about);
  let run: Member[] = [];
  for (const member of members) {
    rules.take(member);
    run.push(member);
    if (run.length < RUN_MEMBERS) continue;
    yield runOf(run);
    run = [];
  }
  rules.end();
  if (run.length > 0) yield runOf(run);
}

const runOf = (members: readonly Member[]): MemberRun => {
  const numbers = new Float64Array(members.length * FIELDS);
  for (const [index, { size, plainBytes, entries, firstSegment, lastSegment }] of members.entries())
    numbers.set(
      [size, plainBytes, entries, firstSegment, lastSegment].map((each) => each ?? Number.NaN),
      index * FIELDS,
    );
  return {
    count: members.length,
    names: members.map(({ name }) => name).join('\n'),
    sha256s: members.map(({ sha256 }) => sha256).join(''),
    numbers,
  };
};

/** Makes the members of a run into objects. */
export function* membersOfRun({
  count,
  names,
  sha256s,
  numbers,
}: MemberRun): Generator<Member, void, undefined> {
  const each = names.split('\n');
  for (let index = 0; index < count; index += 1) {
    const at = index * FIELDS;
    const {
      0: size = 0,
      1: plainBytes = NaN,
      2: entries = NaN,
      3: firstSegment = NaN,
      4: lastSegment = NaN,
    } = numbers.subarray(at, at + FIELDS);
    yield {
      name: each[index] ?? '',
      size,
      sha256: sha256s.slice(64 * index, 64 * (index + 1)),
      ...(!Number.isNaN(plainBytes) && { plainBytes }),
      ...(!Number.isNaN(entries) && { entries }),
      ...(!Number.isNaN(firstSegment) && { firstSegment }),
      ...(!Number.isNaN(lastSegment) && { lastSegment }),
    };
  }
}
