/** What a person has chosen, and the request that it makes. */
import type { ApprovalFacts } from '../../../model/records/approval.ts';
import type { CreateRestoreRequest } from '../../../model/requests/restores.ts';

export type Existing = CreateRestoreRequest['existing'];

export interface Where {
  readonly way: 'beside' | 'own';
  readonly place: string;
}

export interface Choice {
  /** In the order of the archive. */
  readonly components: readonly string[];
  readonly where: Readonly<Record<string, Where>>;
  readonly existing: Existing;
  readonly passphrase: string;
}

/** A component of the backup that can be restored. */
export interface Restorable {
  readonly id: string;
  readonly kind: string;
  /** Where the component is backed up from; undefined if the configuration does not have it. */
  readonly target: string | undefined;
}

/** The choices before a person has changed any: everything goes beside its original. */
export const freshChoice = (parts: readonly Restorable[], day: string): Choice => ({
  components: parts.map(({ id }) => id),
  where: Object.fromEntries(
    parts.map(({ id, kind, target }) => [id, { way: 'beside', place: suggestedPlace(kind, target, day) }]),
  ),
  existing: 'overwrite',
  passphrase: '',
});

/** The components that are restored over their own live source. */
export const inPlaceOf = ({ components, where }: Choice): string[] =>
  components.filter((id) => where[id]?.way === 'own');

/** The places when one button sends all components the same way. A component without a source here still goes beside. */
export const allTo = (
  way: Where['way'],
  { components, where }: Choice,
  hasOwn: (id: string) => boolean,
): Choice['where'] => ({
  ...where,
  ...Object.fromEntries(
    components.map((id) => [
      id,
      { place: where[id]?.place ?? '', way: way === 'own' && hasOwn(id) ? 'own' : 'beside' } as const,
    ]),
  ),
});

/** The components that need a place and have none yet. */
export const placeless = ({ components, where }: Choice): string[] =>
  components.filter((id) => where[id]?.way !== 'own' && (where[id]?.place ?? '').trim() === '');

export const requestOf = (choice: Choice): Partial<CreateRestoreRequest> => {
  const { components, where, existing, passphrase } = choice;
  const beside = components.filter((id) => where[id]?.way !== 'own');
  return {
    components: [...components],
    targets: Object.fromEntries(beside.map((id) => [id, (where[id]?.place ?? '').trim()])),
    inPlace: beside.length < components.length,
    existing,
    ...(passphrase !== '' && { passphrase }),
  };
};

/**
 * A folder beside the original, with the day in its name. For other kinds of components the page cannot guess a place.
 */
export const suggestedPlace = (kind: string, target: string | undefined, day: string): string =>
  kind === 'directory' && target !== undefined ? `${target.replace(/\/+$/, '')}-restored-${day}` : '';

/**
 * The choices of the plan that others have approved, so that exactly the same is asked for. `otherwise` holds if the plan
 * is of another backup, or of another action.
 *
 * @param targetOf where a component is backed up from
 */
export const approvedChoice = (
  facts: ApprovalFacts | undefined,
  backupId: string,
  targetOf: (id: string) => string | undefined,
  otherwise: Choice,
): Choice => {
  if (facts?.action !== 'restore' || facts.backupId !== backupId) return otherwise;
  return plannedChoice(facts, targetOf, otherwise);
};

/**
 * The choices that led to a plan, so that a person can continue from it. `otherwise` gives the choices that a plan does
 * not name.
 */
export const plannedChoice = (
  {
    components,
    existing,
  }: {
    readonly components: Readonly<Record<string, { readonly target: string }>>;
    readonly existing: Existing;
  },
  targetOf: (id: string) => string | undefined,
  otherwise: Choice,
): Choice => {
  const places = Object.entries(components).map(([id, { target }]): [string, Where] => [
    id,
    target === targetOf(id)
      ? { way: 'own', place: otherwise.where[id]?.place ?? '' }
      : { way: 'beside', place: target },
  ]);
  return {
    ...otherwise,
    components: otherwise.components.filter((id) => Object.hasOwn(components, id)),
    where: { ...otherwise.where, ...Object.fromEntries(places) },
    existing,
  };
};
