import { visible } from '../../model/text/visible-text.ts';
import type { ComponentView } from '../api/calls.ts';
import { words as shared } from '../words/shared.ts';
import { Check } from './field.tsx';

/** Components, of which some are chosen; in the order of the configuration. */
export const ComponentChecks = ({
  components,
  chosen,
  onChosen,
  wrong,
}: {
  components: readonly ComponentView[];
  chosen: readonly string[];
  onChosen: (chosen: readonly string[]) => void;
  wrong: string | undefined;
}) => (
  <fieldset class="choices inset">
    <legend>{shared().components}</legend>
    {components.map(({ id, kind, target }) => (
      <Check
        key={id}
        label={visible(id)}
        hint={`${visible(kind)} · ${visible(target)}`}
        checked={chosen.includes(id)}
        onChecked={(isOn) =>
          onChosen(
            components.map((one) => one.id).filter((one) => (one === id ? isOn : chosen.includes(one))),
          )
        }
      />
    ))}
    {wrong !== undefined && <p class="wrong">{wrong}</p>}
  </fieldset>
);
