/** Retention rules while somebody types them, and the plan that they lead to. */
import type { RetentionPolicy } from '../../../model/retention/policy.ts';
import { planRetention, type RetentionPlan } from '../../api/calls.ts';
import { type Loaded, useLive } from '../../api/live.ts';
import { type FormState, useForm } from '../../parts/forms/use-form.ts';
import { policyOf, type TypedRules, typedRules } from './typed-rules.ts';

/** The page asks for a plan when nobody has typed for so long. */
const PAUSE_MILLISECONDS = 300;
/** As many backups as the API gives at once: the plan is shown as one list. */
const MOST = 1000;

export type Group = { readonly schedule: string } | { readonly label: string };

interface Planned {
  /** The rules that the plan was asked for; undefined: the saved ones. */
  readonly by: string | undefined;
  /** Undefined if there is no rule. */
  readonly plan: RetentionPlan | undefined;
}

/** What the rules would do now. Without a rule there is no plan: all backups stay. */
const usePlan = (group: Group, policy: RetentionPolicy | undefined, isChanged: boolean): Loaded<Planned> =>
  useLive(
    async (signal) => {
      const by = isChanged && policy !== undefined ? JSON.stringify(policy) : undefined;
      if (isChanged) await new Promise((resolve) => window.setTimeout(resolve, PAUSE_MILLISECONDS));
      signal.throwIfAborted();
      if (policy === undefined) return { by, plan: undefined };
      return { by, plan: await planRetention({ ...group, policy, limit: MOST }, signal) };
    },
    [JSON.stringify([group, policy, isChanged])],
  );

export interface TriedRules {
  readonly form: FormState<TypedRules>;
  /** What is typed, as the API takes it; undefined: no rule. */
  readonly policy: RetentionPolicy | undefined;
  readonly isChanged: boolean;
  readonly planned: Loaded<Planned>;
  /** Whether the plan on the screen is the one of exactly these rules. Nobody can save rules before that. */
  readonly isShown: boolean;
}

export const useTriedRules = (group: Group, saved: RetentionPolicy | null): TriedRules => {
  const form = useForm(() => typedRules(saved));
  const policy = policyOf(form.values, saved);
  const isChanged = JSON.stringify(form.values) !== JSON.stringify(typedRules(saved));
  const planned = usePlan(group, policy, isChanged);
  const isShown =
    planned.problem === undefined &&
    planned.value !== undefined &&
    (policy === undefined ? planned.value.plan === undefined : planned.value.by === JSON.stringify(policy));
  return { form, policy, isChanged, planned, isShown };
};
