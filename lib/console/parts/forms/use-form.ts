/** The values of a form, held by name. */
import { useState } from 'preact/hooks';

export interface FormState<F> {
  readonly values: F;
  readonly change: (changed: Partial<F>) => void;
  /** The value of a name, and how it changes: for the field that shows it. */
  readonly field: <N extends keyof F>(
    name: N,
  ) => { readonly value: F[N]; readonly onValue: (value: F[N]) => void };
}

/** @param first the values that the form begins with */
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

/** Calls `act` when somebody submits a form. The browser does not load another page, as it would by itself. */
export const onSubmit =
  (act: () => void) =>
  (event: Event): void => {
    event.preventDefault();
    act();
  };
