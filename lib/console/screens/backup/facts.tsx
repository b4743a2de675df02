import type { BackupView } from '../../../model/records/backup.ts';
import { formatBytes } from '../../../model/text/byte-count.ts';
import { visible } from '../../../model/text/visible-text.ts';
import { Time } from '../../parts/time.tsx';
import { counted, duration } from '../../shown/times.ts';
import { words as shared } from '../../words/shared.ts';
import { words } from './words.ts';

export const Facts = ({ backup }: { backup: BackupView }) => {
  const t = words();
  const { createdAt, completedAt, encryption, archiveBytes, sourceBytes, entries, sha256 } = backup;
  const opens = {
    key: `${t.byKey} ${'keyId' in encryption && encryption.keyId !== null ? encryption.keyId : ''}`,
    passphrase: t.byPassphrase,
    hsm: t.byHsm,
  }[encryption.mode];
  return (
    <section class="card" aria-labelledby="facts">
      <h2 id="facts">{t.archive}</h2>
      <dl class="facts">
        <dt>{shared().ended}</dt>
        <dd>
          <Time at={completedAt} fallback="–" />
          {completedAt !== null && (
            <span class="quiet"> {t.took(duration(Date.parse(completedAt) - Date.parse(createdAt)))}</span>
          )}
        </dd>
        <dt>{t.verified}</dt>
        <dd>
          <Time at={backup.verifiedAt} fallback={t.notVerified} />
        </dd>
        <dt>{t.sourceSize}</dt>
        <dd>
          {formatBytes(sourceBytes)}, {shared().entries(counted(entries))}
        </dd>
        <dt>{t.archiveSize}</dt>
        <dd>{formatBytes(archiveBytes)}</dd>
        <dt>{t.encryption}</dt>
        <dd class="break">{opens}</dd>
        <dt>{t.file}</dt>
        <dd class="break">{visible(backup.fileName)}</dd>
        <dt>{t.place}</dt>
        <dd class="break">{visible(backup.backupPath)}</dd>
        {sha256 !== '' && (
          <>
            <dt>{t.sha256}</dt>
            <dd>
              <code class="break">{sha256}</code>
            </dd>
          </>
        )}
        {backup.importedFrom !== null && (
          <>
            <dt />
            <dd>{t.imported(visible(backup.importedFrom))}</dd>
          </>
        )}
      </dl>
    </section>
  );
};
