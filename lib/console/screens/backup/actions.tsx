/** What can be done with a backup, as far as the role allows it. */
import { useState } from 'preact/hooks';
import type { BackupView } from '../../../model/records/backup.ts';
import { visible } from '../../../model/text/visible-text.ts';
import {
  cancelOperation,
  deleteBackup,
  deleteBackupLater,
  holdBackup,
  verifyBackup,
} from '../../api/calls.ts';
import { fetchArchive } from '../../api/downloads.ts';
import { useDoing } from '../../api/live.ts';
import { Confirm } from '../../parts/confirm.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { Choices, Field } from '../../parts/forms/field.tsx';
import { ProblemNotice } from '../../parts/notice.tsx';
import { go, to } from '../../routing.ts';
import { useFrame, useMay } from '../../screen.ts';
import { words as overview } from '../overview/words.ts';
import { Verification } from './verification.tsx';
import { words } from './words.ts';

export const Actions = ({ backup, onChanged }: { backup: BackupView; onChanged: () => void }) => {
  const t = words();
  const may = useMay();
  const { refreshStatus } = useFrame();
  const [asked, setAsked] = useState<'remove' | 'verify' | 'hold' | undefined>();
  const close = (): void => setAsked(undefined);
  const { id, state } = backup;
  const isThere = (state === 'SUCCESS' || state === 'PARTIAL') && backup.replacedBy === undefined;
  const downloading = useDoing(async () => {
    await fetchArchive(id);
  });
  const cancelling = useDoing(async () => void (await cancelOperation(id)));
  const [verificationId, setVerificationId] = useState<string | undefined>();
  const begun = (verification: string): void => {
    setVerificationId(verification);
    refreshStatus();
  };
  const verifying = useDoing(async () => begun((await verifyBackup(id, {})).id));
  return (
    <>
      <div class="actions">
        {isThere && may('restore.plan') && (
          <a class="main-button" href={to(`/backups/${id}/restore`)}>
            {t.restore}
          </a>
        )}
        {isThere && may('backup.contents') && (
          <a class="button" href={to(`/backups/${id}/contents`)}>
            {t.contents}
          </a>
        )}
        {isThere && may('backup.download') && (
          <button type="button" onClick={downloading.run} disabled={downloading.isBusy}>
            {t.download}
          </button>
        )}
        {isThere && may('backup.verify') && (
          <button
            type="button"
            onClick={() => (backup.encryption.mode === 'passphrase' ? setAsked('verify') : verifying.run())}
            disabled={verifying.isBusy}
          >
            {t.verify}
          </button>
        )}
        {isThere && may('backup.contents') && (
          <a class="button" href={to('/compare', { b: id })}>
            {t.compare}
          </a>
        )}
        {state === 'IN_PROGRESS' && may('backup.create') && (
          <button type="button" onClick={cancelling.run} disabled={cancelling.isBusy}>
            {overview().cancel}
          </button>
        )}
        {isThere && may('backup.hold') && backup.hold === undefined && backup.removal === undefined && (
          <button type="button" onClick={() => setAsked('hold')}>
            {t.hold}
          </button>
        )}
        {state !== 'IN_PROGRESS' && may('backup.delete') && (
          <button type="button" class="danger" onClick={() => setAsked('remove')}>
            {t.remove}
          </button>
        )}
      </div>
      <ProblemNotice problem={downloading.problem ?? cancelling.problem ?? verifying.problem} />
      {asked === 'remove' && <Remove backup={backup} onClose={close} onChanged={onChanged} />}
      {asked === 'hold' && <Hold id={id} onClose={close} onChanged={onChanged} />}
      {asked === 'verify' && <Verify id={id} onBegun={begun} onClose={close} />}
      {verificationId !== undefined && (
        <Verification key={verificationId} id={verificationId} onEnded={onChanged} />
      )}
    </>
  );
};

const Verify = ({
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
      <form
        onSubmit={(event) => {
          event.preventDefault();
          doing.run();
        }}
      >
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

const Hold = ({ id, onClose, onChanged }: { id: string; onClose: () => void; onChanged: () => void }) => {
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
      <Field
        label={t.removeReason}
        value={reason}
        onValue={setReason}
        input={{ required: true, maxLength: 500, autoComplete: 'off' }}
      />
    </Confirm>
  );
};

/** Later, unless somebody wants it at once and types the label to say so. */
const Remove = ({
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
        <Field
          label={t.removeReason}
          value={reason}
          onValue={setReason}
          input={{ required: true, maxLength: 500, autoComplete: 'off' }}
        />
      ) : (
        <>
          <p>{t.removeText(visible(label))}</p>
          <Field label={t.typeLabel} value={typed} onValue={setTyped} input={{ autoComplete: 'off' }} />
        </>
      )}
    </Confirm>
  );
};
