/** The form that begins a backup now. */
import { visible } from '../../../model/text/visible-text.ts';
import { listComponents } from '../../api/calls.ts';
import { type Loaded, useLive } from '../../api/live.ts';
import { ComponentChecks } from '../../parts/forms/component-checks.tsx';
import { Check, Choices, Field } from '../../parts/forms/field.tsx';
import { NewSecret } from '../../parts/forms/new-secret.tsx';
import { type FormState, onSubmit } from '../../parts/forms/use-form.ts';
import { Notice, ProblemNotice } from '../../parts/notice.tsx';
import { to } from '../../routing.ts';
import { type Screen, useFrame } from '../../screen.ts';
import { listed } from '../../shown/listed.ts';
import { words as shared } from '../../words/shared.ts';
import { words as overview } from '../overview/words.ts';
import { type NewBackupForm, useNewBackup } from './use-new-backup.ts';
import { words } from './words.ts';

const NewBackup = () => {
  const t = words();
  const { status } = useFrame();
  const components = useLive(listComponents, []);
  const { form, secret, wrong, doing, submit } = useNewBackup();
  return (
    <section class="screen narrow">
      <h1>{t.title}</h1>
      {status?.operation != null && (
        <Notice tone="attention" title={t.busy}>
          <a href={to('/')}>{t.watch}</a>
        </Notice>
      )}
      {components.value?.total === 0 && (
        <Notice tone="attention" title={overview().noComponents}>
          <p>{overview().noComponentsHint}</p>
        </Notice>
      )}
      <form class="card" onSubmit={onSubmit(submit)}>
        <What form={form} components={components} wrong={wrong} />
        <Field label={shared().label} hint={t.labelHint} {...form.field('label')} input={{ maxLength: 25 }} />
        <Field
          label={shared().description}
          hint={t.descriptionHint}
          {...form.field('description')}
          input={{ maxLength: 1000 }}
        />
        <Choices
          legend={t.encryption}
          {...form.field('way')}
          options={[
            { value: 'key', name: t.byKey },
            { value: 'passphrase', name: t.byPassphrase },
          ]}
        />
        {form.values.way === 'passphrase' && (
          <NewSecret state={secret} label={shared().passphrase} hint={t.passphraseHint} />
        )}
        <Check
          label={t.log}
          checked={form.values.includeLogs}
          onChecked={(includeLogs) => form.change({ includeLogs })}
        />
        <ProblemNotice problem={doing.problem} />
        <button type="submit" class="main-button" disabled={doing.isBusy}>
          {t.start}
        </button>
      </form>
    </section>
  );
};

const What = ({
  form,
  components,
  wrong,
}: {
  form: FormState<NewBackupForm>;
  components: Loaded<Awaited<ReturnType<typeof listComponents>>>;
  wrong: string | undefined;
}) => {
  const t = words();
  const all = components.value?.resources ?? [];
  return (
    <>
      <Choices
        legend={t.what}
        {...form.field('which')}
        options={[
          { value: 'all', name: t.everything, hint: listed(all.map(({ id }) => visible(id))) },
          { value: 'some', name: t.some },
        ]}
      />
      <ProblemNotice problem={components.problem} onRetry={components.reload} />
      {form.values.which === 'some' && (
        <ComponentChecks
          components={all}
          chosen={form.values.chosen}
          onChosen={(chosen) => form.change({ chosen })}
          wrong={wrong}
        />
      )}
    </>
  );
};

export const newBackupScreen: Screen = {
  path: '/new',
  needs: 'backup.create',
  title: () => words().title,
  view: NewBackup,
};
