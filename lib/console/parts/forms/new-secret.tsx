/** A new password or passphrase. Somebody types it twice, because nobody can read it later. */
import { useState } from 'preact/hooks';
import { translated } from '../../words/language.ts';
import { Field } from './field.tsx';

export const secretWords = translated('new secret', {
  en: { again: (what: string) => `${what} again`, different: 'The two are not the same.' },
  de: { again: (what: string) => `${what} noch einmal`, different: 'Die beiden sind nicht gleich.' },
});

export interface NewSecretState {
  readonly value: string;
  readonly again: string;
  readonly isTried: boolean;
  readonly set: (changed: {
    readonly value?: string;
    readonly again?: string;
    readonly isTried?: boolean;
  }) => void;
  /** Compares the two texts, and says beside the field if they differ. */
  readonly check: () => boolean;
}

export const useNewSecret = (): NewSecretState => {
  const [state, setState] = useState({ value: '', again: '', isTried: false });
  const set: NewSecretState['set'] = (changed) => setState((before) => ({ ...before, ...changed }));
  return {
    ...state,
    set,
    check: () => {
      set({ isTried: true });
      return state.value === state.again;
    },
  };
};

/** The shortest length that the API accepts. */
const SHORTEST = 12;

export const NewSecret = ({
  state: { value, again, isTried, set },
  label,
  hint,
}: {
  state: NewSecretState;
  label: string;
  hint: string;
}) => {
  const t = secretWords();
  const input = { type: 'password', autoComplete: 'new-password', required: true } as const;
  return (
    <>
      <Field
        label={label}
        hint={hint}
        value={value}
        onValue={(typed) => set({ value: typed })}
        input={{ ...input, minLength: SHORTEST }}
      />
      <Field
        label={t.again(label)}
        value={again}
        onValue={(typed) => set({ again: typed })}
        wrong={isTried && value !== again ? t.different : undefined}
        input={input}
      />
    </>
  );
};
