/** The values of a form, held by name. */
import { useState } from 'preact/hooks';

export interface FormState<F> {
  readonly values: F;
  readonly change: (changed: Partial<F>) => void;
  /** What the field of this name shows, and what it does when somebody changes it. */
  readonly field: <N extends keyof F>(
    name: N,
  ) => { readonly value: F[N]; readonly onValue: (value: F[N]) => void };
}

/** @param first The values that the form begins with. */
export const useForm = <F extends object>(first: F | (() => F)): FormState<F> => {
  const [values, setValues] = useState<F>(first);
  const change = (changed: Partial<F>): void => setValues((before) => ({ ...before, ...changed }));
  return {
    values,
    change,
    field: (name) => ({
      value: values[name],
      onValue: (value) => change({ [name]: value } as unknown as Partial<F>),
    }),
  };
};

/** Has the page act when a form is submitted: the browser itself would load another page. */
export const onSubmit =
  (act: () => void) =>
  (event: Event): void => {
    event.preventDefault();
    act();
  };
