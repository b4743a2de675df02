import { visible } from '../../../model/text/visible-text.ts';
import { translated } from '../../words/language.ts';
import { words as shared } from '../../words/shared.ts';
import { Check } from './field.tsx';

const words = translated('component checks', {
  en: { all: 'Choose all', none: 'Choose none', chosen: (n: number, of: number) => `${n} of ${of} chosen` },
  de: {
    all: 'Alle wählen',
    none: 'Keine wählen',
    chosen: (n: number, of: number) => `${n} von ${of} gewählt`,
  },
});

/** With more components than this, buttons choose all or none. */
const FEW = 5;

interface Choosable {
  readonly id: string;
  readonly kind: string;
  /** Where the component is; undefined if that is unknown. */
  readonly target?: string;
}

interface Choice {
  readonly components: readonly Choosable[];
  readonly chosen: readonly string[];
  readonly onChosen: (chosen: readonly string[]) => void;
}

/** The components to choose from, as a group of its own. */
export const ComponentChecks = ({ wrong, ...choice }: Choice & { readonly wrong: string | undefined }) => (
  <fieldset class="choices inset">
    <legend>{shared().components}</legend>
    <ComponentList {...choice} />
    {wrong !== undefined && <p class="wrong">{wrong}</p>}
  </fieldset>
);

/** The components to choose from, within a group that has a name already. */
export const ComponentList = ({ components, chosen, onChosen }: Choice) => {
  const t = words();
  const ids = components.map(({ id }) => id);
  return (
    <>
      {components.length > FEW && (
        <p class="actions choose">
          <button type="button" class="quiet-button" onClick={() => onChosen(ids)}>
            {t.all}
          </button>
          <button type="button" class="quiet-button" onClick={() => onChosen([])}>
            {t.none}
          </button>
          <span class="quiet">{t.chosen(chosen.length, ids.length)}</span>
        </p>
      )}
      {components.map(({ id, kind, target }) => (
        <Check
          key={id}
          label={visible(id)}
          hint={target === undefined ? visible(kind) : `${visible(kind)} · ${visible(target)}`}
          checked={chosen.includes(id)}
          onChecked={(isOn) => onChosen(ids.filter((one) => (one === id ? isOn : chosen.includes(one))))}
        />
      ))}
    </>
  );
};
