/** Backup Now. */
import { useMemo, useState } from 'preact/hooks';
import { newKey } from '../../../client/call.ts';
import { visible } from '../../../model/text/visible-text.ts';
import { createBackup, listComponents } from '../../api/calls.ts';
import { useDoing, useLive } from '../../api/live.ts';
import { ComponentChecks } from '../../parts/forms/component-checks.tsx';
import { Check, Choices, Field } from '../../parts/forms/field.tsx';
import { NewSecret, useNewSecret } from '../../parts/forms/new-secret.tsx';
import { Notice, ProblemNotice } from '../../parts/notice.tsx';
import { go, to } from '../../routing.ts';
import { type Screen, useFrame } from '../../screen.ts';
import { listed } from '../../shown/listed.ts';
import { words as shared } from '../../words/shared.ts';
import { words as overview } from '../overview/words.ts';
import { words } from './words.ts';

const NewBackup = () => {
  const t = words();
  const { status, refreshStatus } = useFrame();
  const components = useLive(listComponents, []);
  const [label, setLabel] = useState('manual');
  const [description, setDescription] = useState('');
  const [scope, setScope] = useState<'all' | 'some'>('all');
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const [way, setWay] = useState<'key' | 'passphrase'>('key');
  const secret = useNewSecret();
  const [log, setLog] = useState(true);
  const [tried, setTried] = useState(false);
  const request = {
    ...(label !== '' && { label }),
    description,
    includeLogs: log,
    ...(scope === 'some' && { components: [...chosen] }),
    ...(way === 'passphrase' && { passphrase: secret.value }),
  };
  const asText = JSON.stringify(request);
  // The same request, sent again after its answer was lost, is the same backup.
  const idempotencyKey = useMemo(() => newKey(), [asText]);
  const doing = useDoing(async () => {
    const { id } = await createBackup(request, idempotencyKey);
    refreshStatus();
    go(`/backups/${id}`);
  });
  const isUnchosen = scope === 'some' && chosen.length === 0;
  const running = status?.operation;
  return (
    <section class="screen narrow">
      <h1>{t.title}</h1>
      {running != null && (
        <Notice tone="attention" title={t.busy}>
          <a href={to('/')}>{t.watch}</a>
        </Notice>
      )}
      {components.value?.total === 0 && (
        <Notice tone="attention" title={overview().noComponents}>
          <p>{overview().noComponentsHint}</p>
        </Notice>
      )}
      <form
        class="card"
        onSubmit={(event) => {
          event.preventDefault();
          setTried(true);
          const isSecret = way !== 'passphrase' || secret.check();
          if (!isUnchosen && isSecret) doing.run();
        }}
      >
        <Choices
          legend={t.what}
          value={scope}
          onValue={setScope}
          options={[
            {
              value: 'all',
              name: t.everything,
              hint: listed((components.value?.resources ?? []).map(({ id }) => visible(id))),
            },
            { value: 'some', name: t.some },
          ]}
        />
        <ProblemNotice problem={components.problem} onRetry={components.reload} />
        {scope === 'some' && (
          <ComponentChecks
            components={components.value?.resources ?? []}
            chosen={chosen}
            onChosen={setChosen}
            wrong={tried && isUnchosen ? t.chooseOne : undefined}
          />
        )}
        <Field
          label={shared().label}
          hint={t.labelHint}
          value={label}
          onValue={setLabel}
          input={{ maxLength: 25 }}
        />
        <Field
          label={shared().description}
          hint={t.descriptionHint}
          value={description}
          onValue={setDescription}
          input={{ maxLength: 1000 }}
        />
        <Choices
          legend={t.encryption}
          value={way}
          onValue={setWay}
          options={[
            { value: 'key', name: t.byKey },
            { value: 'passphrase', name: t.byPassphrase },
          ]}
        />
        {way === 'passphrase' && (
          <NewSecret state={secret} label={shared().passphrase} hint={t.passphraseHint} />
        )}
        <Check label={t.log} checked={log} onChecked={setLog} />
        <ProblemNotice problem={doing.problem} />
        <button type="submit" class="main-button" disabled={doing.isBusy}>
          {t.start}
        </button>
      </form>
    </section>
  );
};

export const newBackupScreen: Screen = {
  path: '/new',
  needs: 'backup.create',
  title: () => words().title,
  view: NewBackup,
};
