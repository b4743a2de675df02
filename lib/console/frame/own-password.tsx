/**
 * Somebody who signs in with a password changes it here, by typing the old one. This session continues, and their other
 * ones end.
 */
import { useState } from 'preact/hooks';
import { useDoing } from '../api/live.ts';
import { setPassword } from '../api/people.ts';
import { Field } from '../parts/forms/field.tsx';
import { NewSecret, useNewSecret } from '../parts/forms/new-secret.tsx';
import { onSubmit } from '../parts/forms/use-form.ts';
import { Notice, ProblemNotice } from '../parts/notice.tsx';
import { translated } from '../words/language.ts';
import { words as shared } from '../words/shared.ts';
import { OwnDialog } from './own-dialog.tsx';
import { words as frame } from './words.ts';

const words = translated('own password', {
  en: {
    title: 'Change my password',
    current: 'Current password',
    fresh: 'New password',
    change: 'Change it',
    changed: 'Your password is changed. You are signed out everywhere else.',
  },
  de: {
    title: 'Mein Passwort ändern',
    current: 'Bisheriges Passwort',
    fresh: 'Neues Passwort',
    change: 'Ändern',
    changed: 'Ihr Passwort ist geändert. Überall sonst sind Sie abgemeldet.',
  },
});

export const OwnPassword = ({ personId }: { personId: string }) => (
  <OwnDialog title={words().title}>{(close) => <Change personId={personId} onClose={close} />}</OwnDialog>
);

const Change = ({ personId, onClose }: { personId: string; onClose: () => void }) => {
  const t = words();
  const [current, setCurrent] = useState('');
  const [isDone, setIsDone] = useState(false);
  const secret = useNewSecret();
  const doing = useDoing(async () => {
    await setPassword(personId, { password: secret.value, current });
    setIsDone(true);
  });
  return (
    <>
      <div role="status">{isDone && <Notice tone="good" title={t.changed} />}</div>
      {isDone ? (
        <button type="button" class="main-button" onClick={onClose}>
          {shared().close}
        </button>
      ) : (
        <form
          onSubmit={onSubmit(() => {
            if (secret.check()) doing.run();
          })}
        >
          <Field
            label={t.current}
            value={current}
            onValue={setCurrent}
            input={{ type: 'password', autoComplete: 'current-password', required: true }}
          />
          <NewSecret state={secret} label={t.fresh} hint={frame().passwordHint} />
          <ProblemNotice problem={doing.problem} />
          <button type="submit" class="main-button" disabled={doing.isBusy}>
            {t.change}
          </button>
        </form>
      )}
    </>
  );
};
