/** The buttons of a backup, as far as the person's role allows them. */
import { useState } from 'preact/hooks';
import type { BackupView } from '../../../model/records/backup.ts';
import { cancelOperation, verifyBackup } from '../../api/calls.ts';
import { fetchArchive } from '../../api/downloads.ts';
import { useDoing } from '../../api/live.ts';
import { ProblemNotice } from '../../parts/notice.tsx';
import { to } from '../../routing.ts';
import { useFrame, useMay } from '../../screen.ts';
import { isRestorable } from '../../shown/restorable.ts';
import { words as overview } from '../overview/words.ts';
import { Hold, Remove, Verify } from './dialogs.tsx';
import { Verification } from './verification.tsx';
import { words } from './words.ts';

/** What the buttons of a backup do. */
const useActs = (id: string) => {
  const { refreshStatus } = useFrame();
  const [verificationId, setVerificationId] = useState<string | undefined>();
  const begun = (verification: string): void => {
    setVerificationId(verification);
    refreshStatus();
  };
  const downloading = useDoing(() => fetchArchive(id));
  const cancelling = useDoing(async () => void (await cancelOperation(id)));
  const verifying = useDoing(async () => begun((await verifyBackup(id, {})).id));
  const problem = downloading.problem ?? cancelling.problem ?? verifying.problem;
  return { downloading, cancelling, verifying, verificationId, begun, problem };
};

type Acts = ReturnType<typeof useActs>;

export const Actions = ({ backup, onChanged }: { backup: BackupView; onChanged: () => void }) => {
  const t = words();
  const may = useMay();
  const { id, state, hold, removal } = backup;
  const acts = useActs(id);
  const { cancelling, verificationId } = acts;
  const [asked, setAsked] = useState<'remove' | 'verify' | 'hold' | undefined>();
  const close = (): void => setAsked(undefined);
  const isThere = isRestorable(backup);
  return (
    <>
      <div class="actions">
        {isThere && <OfArchive backup={backup} acts={acts} onPassphrase={() => setAsked('verify')} />}
        {state === 'IN_PROGRESS' && may('backup.create') && (
          <button type="button" onClick={cancelling.run} disabled={cancelling.isBusy}>
            {overview().cancel}
          </button>
        )}
        {isThere && may('backup.hold') && hold === undefined && removal === undefined && (
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
      <ProblemNotice problem={acts.problem} />
      {asked === 'remove' && <Remove backup={backup} onClose={close} onChanged={onChanged} />}
      {asked === 'hold' && <Hold id={id} onClose={close} onChanged={onChanged} />}
      {asked === 'verify' && <Verify id={id} onBegun={acts.begun} onClose={close} />}
      {verificationId !== undefined && (
        <Verification key={verificationId} id={verificationId} onEnded={onChanged} />
      )}
    </>
  );
};

/** What needs the archive: to restore it, to look inside, to download, verify and compare it. */
const OfArchive = ({
  backup: { id, encryption },
  acts: { downloading, verifying },
  onPassphrase,
}: {
  backup: BackupView;
  acts: Acts;
  /** Asks for the passphrase before a verification. */
  onPassphrase: () => void;
}) => {
  const t = words();
  const may = useMay();
  return (
    <>
      {may('restore.plan') && (
        <a class="main-button" href={to(`/backups/${id}/restore`)}>
          {t.restore}
        </a>
      )}
      {may('backup.contents') && (
        <a class="button" href={to(`/backups/${id}/contents`)}>
          {t.contents}
        </a>
      )}
      {may('backup.download') && (
        <button type="button" onClick={downloading.run} disabled={downloading.isBusy}>
          {t.download}
        </button>
      )}
      {may('backup.verify') && (
        <button
          type="button"
          onClick={encryption.mode === 'passphrase' ? onPassphrase : verifying.run}
          disabled={verifying.isBusy}
        >
          {t.verify}
        </button>
      )}
      {may('backup.contents') && (
        <a class="button" href={to('/compare', { b: id })}>
          {t.compare}
        </a>
      )}
    </>
  );
};
