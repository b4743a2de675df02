/** Retention rules in words. */
import type { RetentionPolicy } from '../../model/retention/policy.ts';
import { translated } from '../words/language.ts';

const words = translated('policy', {
  en: {
    keepLast: (n: number) => `the last ${n}`,
    keepHourly: (n: number) => `${n} hourly`,
    keepDaily: (n: number) => `${n} daily`,
    keepWeekly: (n: number) => `${n} weekly`,
    keepMonthly: (n: number) => `${n} monthly`,
    keepYearly: (n: number) => `${n} yearly`,
    keepWithin: (length: string) => `all of the last ${length}`,
  },
  de: {
    keepLast: (n: number) => `die letzten ${n}`,
    keepHourly: (n: number) => `${n} stündliche`,
    keepDaily: (n: number) => `${n} tägliche`,
    keepWeekly: (n: number) => `${n} wöchentliche`,
    keepMonthly: (n: number) => `${n} monatliche`,
    keepYearly: (n: number) => `${n} jährliche`,
    keepWithin: (length: string) => `alle der letzten ${length}`,
  },
});

export const countRules = [
  'keepLast',
  'keepHourly',
  'keepDaily',
  'keepWeekly',
  'keepMonthly',
  'keepYearly',
] as const satisfies readonly (keyof RetentionPolicy)[];

/** For example `the last 3, 7 daily, 4 weekly`. */
export const policyText = (policy: RetentionPolicy): string => {
  const t = words();
  const said = countRules.flatMap((rule) => {
    const n = policy[rule];
    return n === undefined ? [] : [t[rule](n)];
  });
  return [...said, ...(policy.keepWithin === undefined ? [] : [t.keepWithin(policy.keepWithin)])].join(', ');
};
