/** The dialogs of a backup: the passphrase for a verification, the reason of a hold, and the ways to delete it. */
import { useState } from 'preact/hooks';
import type { BackupView } from '../../../model/records/backup.ts';
import { visible } from '../../../model/text/visible-text.ts';
import { deleteBackup, deleteBackupLater, holdBackup, verifyBackup } from '../../api/calls.ts';
import { useDoing } from '../../api/live.ts';
import { Confirm } from '../../parts/confirm.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { Choices, Field } from '../../parts/forms/field.tsx';
import { onSubmit } from '../../parts/forms/use-form.ts';
import { ProblemNotice } from '../../parts/notice.tsx';
import { go } from '../../routing.ts';
import { words } from './words.ts';

export const Verify = ({
  id,
  onBegun,
  onClose,
}: {
  id: string;
  onBegun: (verificationId: string) => void;
  onClose: () => void;
}) => {
  const t = words();
  const [passphrase, setPassphrase] = useState('');
  const doing = useDoing(async () => {
    onBegun((await verifyBackup(id, { passphrase })).id);
    onClose();
  });
  return (
    <Dialog title={t.verify} onClose={onClose}>
      <form onSubmit={onSubmit(doing.run)}>
        <Field
          label={t.passphraseFor}
          value={passphrase}
          onValue={setPassphrase}
          input={{ type: 'password', autoComplete: 'off', required: true }}
        />
        <ProblemNotice problem={doing.problem} />
        <button type="submit" class="main-button" disabled={doing.isBusy}>
          {t.verify}
        </button>
      </form>
    </Dialog>
  );
};

export const Hold = ({
  id,
  onClose,
  onChanged,
}: {
  id: string;
  onClose: () => void;
  onChanged: () => void;
}) => {
  const t = words();
  const [reason, setReason] = useState('');
  return (
    <Confirm
      title={t.holdTitle}
      name={t.holdNow}
      isDanger={false}
      onClose={onClose}
      act={async () => {
        await holdBackup(id, reason);
        onClose();
        onChanged();
      }}
    >
      <p>{t.holdText}</p>
      <Reason value={reason} onValue={setReason} />
    </Confirm>
  );
};

/** Deletes the backup later; or at once, if somebody chooses that and types the label. */
export const Remove = ({
  backup: { id, label },
  onClose,
  onChanged,
}: {
  backup: BackupView;
  onClose: () => void;
  onChanged: () => void;
}) => {
  const t = words();
  const [way, setWay] = useState<'later' | 'now'>('later');
  const [reason, setReason] = useState('');
  const [typed, setTyped] = useState('');
  return (
    <Confirm
      title={t.removeTitle}
      name={way === 'later' ? t.removeLater : t.removeNow}
      off={way === 'now' && typed !== label}
      onClose={onClose}
      act={async (approvalId) => {
        if (way === 'now') {
          await deleteBackup(id, approvalId);
          return go('/backups');
        }
        await deleteBackupLater(id, reason, approvalId);
        onClose();
        onChanged();
      }}
    >
      <Choices
        legend={t.removeWay}
        value={way}
        onValue={setWay}
        options={[
          { value: 'later', name: t.removeWayLater },
          { value: 'now', name: t.removeWayNow },
        ]}
      />
      {way === 'later' ? (
        <Reason value={reason} onValue={setReason} />
      ) : (
        <>
          <p>{t.removeText(visible(label))}</p>
          <Field label={t.typeLabel} value={typed} onValue={setTyped} input={{ autoComplete: 'off' }} />
        </>
      )}
    </Confirm>
  );
};

const Reason = ({
  value,
  onValue,
}: {
  readonly value: string;
  readonly onValue: (reason: string) => void;
}) => (
  <Field
    label={words().reason}
    value={value}
    onValue={onValue}
    input={{ required: true, maxLength: 500, autoComplete: 'off' }}
  />
);
