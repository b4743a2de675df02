/** The choices of the wizard: what comes back, where it goes, and what becomes of what is there already. */
import type { BackupView } from '../../../model/records/backup.ts';
import { visible } from '../../../model/text/visible-text.ts';
import { ComponentList } from '../../parts/forms/component-checks.tsx';
import { Choices, Field } from '../../parts/forms/field.tsx';
import type { FormState } from '../../parts/forms/use-form.ts';
import { words as shared } from '../../words/shared.ts';
import { allTo, type Choice, placeless, type Restorable, type Where } from './request.ts';
import { words } from './words.ts';

interface ChoiceProps {
  readonly form: FormState<Choice>;
  readonly parts: readonly Restorable[];
  readonly isTried: boolean;
}

export const What = ({ form: { values, change }, parts, isTried }: ChoiceProps) => {
  const t = words();
  return (
    <fieldset class="card choices">
      <legend>{t.what}</legend>
      <ComponentList
        components={parts.map(({ id, kind }) => ({ id, kind }))}
        chosen={values.components}
        onChosen={(components) => change({ components })}
      />
      {isTried && values.components.length === 0 && <p class="wrong">{t.chooseOne}</p>}
    </fieldset>
  );
};

const beside: Where = { way: 'beside', place: '' };

export const Places = ({ form: { values, change }, parts, isTried }: ChoiceProps) => {
  const t = words();
  const targetOf = (id: string) => parts.find((part) => part.id === id)?.target;
  const wrong = isTried ? placeless(values) : [];
  return (
    <fieldset class="card choices">
      <legend>{t.where}</legend>
      {values.components.length > 1 && (
        <p class="actions choose">
          {(['beside', 'own'] as const).map((way) => (
            <button
              key={way}
              type="button"
              class="quiet-button"
              onClick={() => change({ where: allTo(way, values, (id) => targetOf(id) !== undefined) })}
            >
              {way === 'beside' ? t.allBeside : t.allOwn}
            </button>
          ))}
        </p>
      )}
      {values.components.map((id) => (
        <Place
          key={id}
          id={id}
          where={values.where[id] ?? beside}
          target={targetOf(id)}
          wrong={wrong.includes(id) ? t.choosePlace : undefined}
          onWhere={(where) => change({ where: { ...values.where, [id]: where } })}
        />
      ))}
    </fieldset>
  );
};

interface PlaceProps {
  readonly id: string;
  readonly where: Where;
  readonly target: string | undefined;
  readonly wrong: string | undefined;
  readonly onWhere: (where: Where) => void;
}

const Place = ({ id, where, target, wrong, onWhere }: PlaceProps) => {
  const t = words();
  return (
    <div class="place">
      <Choices
        legend={t.whereOf(visible(id))}
        value={where.way}
        onValue={(way) => onWhere({ ...where, way })}
        options={[
          { value: 'beside', name: t.beside, hint: t.besideHint },
          {
            value: 'own',
            name: t.own,
            hint: target === undefined ? '' : t.ownHint(visible(target)),
            off: target === undefined,
          },
        ]}
      />
      {where.way === 'beside' && (
        <Field
          label={t.place(visible(id))}
          value={where.place}
          onValue={(place) => onWhere({ ...where, place })}
          wrong={wrong}
          input={{ maxLength: 4096, spellcheck: false, autoComplete: 'off' }}
        />
      )}
    </div>
  );
};

export const Existing = ({ form }: Pick<ChoiceProps, 'form'>) => {
  const t = words();
  return (
    <div class="card">
      <Choices
        legend={t.rule}
        {...form.field('existing')}
        options={(['overwrite', 'skip', 'refuse'] as const).map((value) => ({ value, name: t[value] }))}
      />
    </div>
  );
};

/** The passphrase, for an archive that opens with nothing else. */
export const Passphrase = ({ form, backup }: Pick<ChoiceProps, 'form'> & { readonly backup: BackupView }) =>
  backup.encryption.mode === 'passphrase' ? (
    <div class="card">
      <Field
        label={shared().passphrase}
        hint={words().opens}
        {...form.field('passphrase')}
        input={{ type: 'password', autoComplete: 'off', required: true }}
      />
    </div>
  ) : null;
