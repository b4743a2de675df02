/** A field with its label, a hint, and what is wrong with its value. */
import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';

interface InputOptions {
  readonly type?: 'text' | 'search' | 'password' | 'number' | 'time' | 'datetime-local' | 'email';
  readonly autoComplete?: string;
  readonly spellcheck?: boolean;
  readonly required?: boolean;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly placeholder?: string;
  readonly min?: number;
  readonly max?: number;
  readonly pattern?: string;
}

interface FieldProps {
  readonly label: string;
  readonly hint?: ComponentChildren;
  readonly wrong?: string | undefined;
  readonly value: string;
  readonly onValue: (value: string) => void;
  readonly input?: InputOptions;
  /** Suggestions while somebody types. Other texts are allowed, too. */
  readonly suggestions?: readonly string[];
}

export const Field = ({ label, hint, wrong, value, onValue, input = {}, suggestions }: FieldProps) => {
  const id = useId();
  const hasHint = hint !== undefined;
  const isWrong = wrong !== undefined;
  const described = [hasHint ? `${id}-hint` : '', isWrong ? `${id}-wrong` : ''].filter((one) => one !== '');
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        {...({ ...input, ...(suggestions !== undefined && { list: `${id}-list` }) } as object)}
        id={id}
        value={value}
        onInput={({ currentTarget }) => onValue(currentTarget.value)}
        aria-invalid={isWrong}
        {...(described.length > 0 && { 'aria-describedby': described.join(' ') })}
      />
      {suggestions !== undefined && (
        <datalist id={`${id}-list`}>
          {suggestions.map((one) => (
            <option key={one} value={one} />
          ))}
        </datalist>
      )}
      {hasHint && (
        <p class="quiet hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      {isWrong && (
        <p class="wrong" id={`${id}-wrong`}>
          {wrong}
        </p>
      )}
    </div>
  );
};

interface SelectProps {
  readonly label: string;
  readonly value: string;
  readonly onValue: (value: string) => void;
  readonly options: readonly (readonly [value: string, text: string])[];
}

export const Select = ({ label, value, onValue, options }: SelectProps) => {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <select id={id} value={value} onChange={({ currentTarget }) => onValue(currentTarget.value)}>
        {options.map(([one, text]) => (
          <option key={one} value={one} selected={one === value}>
            {text}
          </option>
        ))}
      </select>
    </div>
  );
};

/** Several choices, of which exactly one is chosen. */
export const Choices = <V extends string>({
  legend,
  isLegendSaid = false,
  value,
  onValue,
  options,
}: {
  legend: string;
  /** Whether the legend is above already. Then only screen readers get it here. */
  isLegendSaid?: boolean;
  value: V;
  onValue: (value: V) => void;
  options: readonly {
    readonly value: V;
    readonly name: string;
    readonly hint?: string;
    readonly off?: boolean;
  }[];
}) => {
  const name = useId();
  return (
    <fieldset class="choices">
      <legend class={isLegendSaid ? 'unseen' : ''}>{legend}</legend>
      {options.map((one) => (
        <label key={one.value} class="choice">
          <input
            type="radio"
            name={name}
            value={one.value}
            checked={one.value === value}
            disabled={one.off === true}
            onChange={() => onValue(one.value)}
          />
          <span>
            <span>{one.name}</span>
            {one.hint !== undefined && <span class="quiet hint">{one.hint}</span>}
          </span>
        </label>
      ))}
    </fieldset>
  );
};

export const Check = ({
  label,
  hint,
  checked,
  onChecked,
}: {
  label: ComponentChildren;
  hint?: ComponentChildren;
  checked: boolean;
  onChecked: (checked: boolean) => void;
}) => (
  <label class="choice">
    <input
      type="checkbox"
      checked={checked}
      onChange={({ currentTarget }) => onChecked(currentTarget.checked)}
    />
    <span>
      <span>{label}</span>
      {hint !== undefined && <span class="quiet hint">{hint}</span>}
    </span>
  </label>
);
