/**
 * Asks for the passphrase of an archive that has one, before its content is shown. Only this view keeps the passphrase.
 */
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import type { BackupView } from '../../../model/records/backup.ts';
import { translated } from '../../words/language.ts';
import { words as shared } from '../../words/shared.ts';
import { Field } from './field.tsx';
import { onSubmit } from './use-form.ts';

const words = translated('passphrase gate', {
  en: { needed: 'This archive opens with a passphrase only.', open: 'Open' },
  de: { needed: 'Dieses Archiv öffnet sich nur mit einer Passphrase.', open: 'Öffnen' },
});

export const PassphraseGate = ({
  backups,
  children,
}: {
  backups: readonly BackupView[];
  children: (passphrase: string | undefined) => ComponentChildren;
}) => {
  const t = words();
  const [typed, setTyped] = useState('');
  const [passphrase, setPassphrase] = useState<string | undefined>();
  const isNeeded = backups.some(({ encryption }) => encryption.mode === 'passphrase');
  if (!isNeeded || passphrase !== undefined) return <>{children(passphrase)}</>;
  return (
    <form
      class="card"
      onSubmit={onSubmit(() => {
        if (typed !== '') setPassphrase(typed);
      })}
    >
      <Field
        label={shared().passphrase}
        hint={t.needed}
        value={typed}
        onValue={setTyped}
        input={{ type: 'password', autoComplete: 'off', required: true }}
      />
      <button type="submit" class="main-button">
        {t.open}
      </button>
    </form>
  );
};
