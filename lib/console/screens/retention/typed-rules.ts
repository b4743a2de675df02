/** Retention rules as a person types them, and as the API takes them. */
import type { RetentionPolicy } from '../../../model/retention/policy.ts';
import { countRules } from '../../shown/policy.ts';

type CountRule = (typeof countRules)[number];

/** Each rule as text; empty: no such rule. */
export type TypedRules = Readonly<Record<CountRule | 'keepWithin', string>> & {
  readonly countPartial: boolean;
};

export const noRules: TypedRules = {
  ...{ keepLast: '', keepHourly: '', keepDaily: '', keepWeekly: '', keepMonthly: '', keepYearly: '' },
  keepWithin: '',
  countPartial: false,
};

export const typedRules = (policy: RetentionPolicy | null | undefined): TypedRules => ({
  ...noRules,
  ...Object.fromEntries(countRules.map((rule) => [rule, String(policy?.[rule] ?? '')])),
  keepWithin: policy?.keepWithin ?? '',
  countPartial: policy?.countPartial === true,
});

/** @returns undefined if there is no rule. The time zone, which the form does not show, stays as it was. */
export const policyOf = (typed: TypedRules, before?: RetentionPolicy | null): RetentionPolicy | undefined => {
  const counts = countRules.flatMap((rule) => {
    const text = typed[rule].trim();
    return text === '' ? [] : [[rule, Number(text)] as const];
  });
  const keepWithin = typed.keepWithin.trim();
  if (counts.length === 0 && keepWithin === '') return undefined;
  return {
    ...Object.fromEntries(counts),
    ...(keepWithin !== '' && { keepWithin }),
    ...(typed.countPartial && { countPartial: true }),
    ...(before?.timeZone !== undefined && { timeZone: before.timeZone }),
  };
};
