/**
 * The names of an archive's members, and what the names say. Kept apart from `format.ts`, whose shapes need a schema
 * library: threads that read names would load it for nothing else.
 */
export const HEAD_NAME = 'holdfast.json';
export const RECOVER_NAME = 'RECOVER.md';
export const LOG_NAME = 'backup.log.age';
/** The archive's private key, sealed as an age file. */
export const KEY_NAME = 'key.age';
/** The archive's private key as a ciphertext of the key service: an archive tied to the HSM. */
export const KMS_KEY_NAME = 'key.kms';
export const MANIFEST_NAME = 'manifest.json';
export const SIGNATURE_NAME = 'manifest.sig';

const number = (n: number): string => String(n).padStart(8, '0');
/** `components/<id>/00000001.tar.zst.age`, or with a stream's name in place of `tar`. Numbers ascend from 1 within a component; they may leap where several tasks wrote it. */
export const segmentName = (component: string, segment: number, stem = 'tar'): string =>
  `components/${component}/${number(segment)}.${stem}.zst.age`;
/** `contents/<id>/00000001.jsonl.zst.age`. Contents members are numbered like segments. */
export const contentsName = (component: string, index: number): string =>
  `contents/${component}/${number(index)}.jsonl.zst.age`;

export type MemberPlace =
  | {
      readonly kind: 'segment' | 'contents';
      readonly component: string;
      readonly number: number;
      readonly stem: string;
    }
  | { readonly kind: 'head' | 'recover' | 'log' | 'key' };

/** The meaning of a member's name; undefined for a name that format 1 does not give. */
export const placeOf = (name: string): MemberPlace | undefined => {
  switch (name) {
    case HEAD_NAME:
      return { kind: 'head' };
    case RECOVER_NAME:
      return { kind: 'recover' };
    case LOG_NAME:
      return { kind: 'log' };
    case KEY_NAME:
    case KMS_KEY_NAME:
      return { kind: 'key' };
  }
  const [, folder, component, digits, stem] =
    /^(components|contents)\/([a-z0-9][a-z0-9_-]{0,62})\/([0-9]{8,12})\.([a-z0-9][a-z0-9._-]{0,40})\.zst\.age$/.exec(
      name,
    ) ?? [];
  if (component === undefined || stem === undefined) return undefined;
  const number = Number(digits);
  const [kind, exact] =
    folder === 'contents'
      ? (['contents', contentsName(component, number)] as const)
      : (['segment', segmentName(component, number, stem)] as const);
  return number > 0 && exact === name ? { kind, component, number, stem } : undefined;
};
