/** What a backup holds, entry by entry. */
import { useState } from 'preact/hooks';
import type { BackupView } from '../../../model/records/backup.ts';
import { visible } from '../../../model/text/visible-text.ts';
import { getBackup, listContents } from '../../api/calls.ts';
import { useLive } from '../../api/live.ts';
import { Field, Select } from '../../parts/forms/field.tsx';
import { PassphraseGate } from '../../parts/forms/passphrase-gate.tsx';
import { usePages } from '../../parts/lists/pages.ts';
import { LiveScreen } from '../../parts/live-screen.tsx';
import { Empty, Loading, ProblemNotice } from '../../parts/notice.tsx';
import { Time } from '../../parts/time.tsx';
import { to } from '../../routing.ts';
import { type Screen, type ScreenProps, useMay } from '../../screen.ts';
import { counted } from '../../shown/times.ts';
import { words as shared } from '../../words/shared.ts';
import { useFileDownload } from './file-download.tsx';
import { EntryRows, type FileButton } from './rows.tsx';
import { FoundEntries } from './search.tsx';
import { words } from './words.ts';

const Contents = ({ params }: ScreenProps) => {
  const t = words();
  const may = useMay();
  const id = params.id ?? '';
  const live = useLive((signal) => getBackup(id, signal), [id]);
  return (
    <LiveScreen live={live} title={t.title}>
      {(backup) => (
        <>
          <header class="screen-head">
            <div>
              <p class="quiet above">
                <a href={to(`/backups/${id}`)}>{t.toBackup}</a>
              </p>
              <h1>{t.heading(visible(backup.label))}</h1>
              <p>
                <Time at={backup.createdAt} />
              </p>
            </div>
            {may('restore.plan') && (
              <a class="main-button" href={to(`/backups/${id}/restore`)}>
                {t.restore}
              </a>
            )}
          </header>
          <PassphraseGate backups={[backup]}>
            {(passphrase) => <Browser backup={backup} passphrase={passphrase} />}
          </PassphraseGate>
        </>
      )}
    </LiveScreen>
  );
};

const Browser = ({ backup, passphrase }: { backup: BackupView; passphrase: string | undefined }) => {
  const t = words();
  const components = Object.keys(backup.components);
  const [component, setComponent] = useState('');
  const [search, setSearch] = useState('');
  const within = component === '' ? undefined : component;
  const { button, told } = useFileDownload(backup.id, passphrase);
  return (
    <>
      <form class="filters" onSubmit={(event) => event.preventDefault()}>
        <Field label={t.search} value={search} onValue={setSearch} input={{ type: 'search' }} />
        <Select
          label={shared().component}
          value={component}
          onValue={setComponent}
          options={[['', t.all], ...components.map((one) => [one, visible(one)] as const)]}
        />
      </form>
      {told}
      {search.trim() === '' ? (
        <All id={backup.id} component={within} passphrase={passphrase} file={button} />
      ) : (
        <FoundEntries
          id={backup.id}
          component={within}
          passphrase={passphrase}
          text={search.trim()}
          file={button}
        />
      )}
    </>
  );
};

const All = ({
  id,
  component,
  passphrase,
  file,
}: {
  id: string;
  component: string | undefined;
  passphrase: string | undefined;
  file: FileButton;
}) => {
  const pages = usePages(
    (skip, limit, signal) => listContents(id, { skip, limit, component }, { passphrase, signal }),
    [id, component, passphrase],
  );
  if (pages.problem !== undefined && pages.total === undefined)
    return <ProblemNotice problem={pages.problem} onRetry={pages.reload} />;
  if (pages.total === undefined) return <Loading />;
  if (pages.total === 0) return <Empty title={words().none} />;
  return (
    <>
      <p class="quiet" role="status">
        {shared().entries(counted(pages.total))}
      </p>
      <EntryRows total={pages.total} at={pages.at} onSeen={pages.want} file={file} />
    </>
  );
};

export const contentsScreen: Screen = {
  path: '/backups/:id/contents',
  below: '/backups',
  needs: 'backup.contents',
  title: () => words().title,
  view: Contents,
};
