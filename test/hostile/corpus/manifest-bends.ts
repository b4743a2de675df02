/** Breaks a manifest's rules by a change to its values, or to the members that it describes. */
import type { ArchiveBends, Part } from '../writer/archive.ts';
import { isObject, type Json, type JsonObject } from '../writer/json.ts';
import { archive, type Shape, unread } from './shape.ts';

export const objectAt = (value: Json | undefined): JsonObject => {
  if (!isObject(value)) throw new Error('nothing to bend');
  return value;
};

/** A changed copy of the manifest. */
const changed = (change: (manifest: JsonObject) => void) => (manifest: JsonObject) => {
  const copy = structuredClone(manifest);
  change(copy);
  return copy;
};

export const summary = (manifest: JsonObject, id = 'files'): JsonObject =>
  objectAt(objectAt(manifest.components)[id]);
const members = (manifest: JsonObject): JsonObject[] =>
  Array.isArray(manifest.members) ? manifest.members.map(objectAt) : [];
export const member = (manifest: JsonObject, name: string): JsonObject =>
  objectAt(members(manifest).find((one) => String(one.name).includes(name)));

type Change = (manifest: JsonObject) => void;
export const put =
  (changes: JsonObject): Change =>
  (manifest) => {
    Object.assign(manifest, changes);
  };
export const putSummary =
  (changes: JsonObject, id = 'files'): Change =>
  (manifest) => {
    Object.assign(summary(manifest, id), changes);
  };
export const putMember =
  (name: string, changes: JsonObject): Change =>
  (manifest) => {
    Object.assign(member(manifest, name), changes);
  };
export const dropKey =
  (from: (manifest: JsonObject) => JsonObject, key: string): Change =>
  (manifest) => {
    delete from(manifest)[key];
  };

export interface Rule {
  readonly name: string;
  readonly code?: string;
  /** Changes the manifest and the head in the same way, for values that are in both. */
  readonly head?: JsonObject;
  readonly manifest?: Change;
  readonly parts?: (parts: Part[]) => Part[];
  readonly plan?: ArchiveBends['plan'];
  readonly known?: boolean;
}

const sameHead =
  (head: JsonObject): NonNullable<ArchiveBends['plan']> =>
  (plan) => ({
    ...plan,
    head: { ...plan.head, ...head },
  });

export const shapeOf = (
  { name, code = 'archive_damaged', head, manifest, parts, plan, known = false }: Rule,
  refused = unread(code),
): Shape => ({
  name,
  known,
  make: archive({
    ...(manifest === undefined ? {} : { manifest: changed(manifest) }),
    ...(parts === undefined ? {} : { parts }),
    ...(plan === undefined ? {} : { plan }),
    ...(head === undefined ? {} : { plan: sameHead(head) }),
  }),
  refused,
});
