/** The button that downloads a file, for people who may do that. */
import { useRef } from 'preact/hooks';
import { visible } from '../../../model/text/visible-text.ts';
import type { Entry } from '../../api/calls.ts';
import { fetchArchivedFile } from '../../api/downloads.ts';
import { useDoing } from '../../api/live.ts';
import { Icon } from '../../parts/icons.tsx';
import { ProblemNotice } from '../../parts/notice.tsx';
import { useMay } from '../../screen.ts';
import { words } from './words.ts';

/** Downloads one file at a time. What went wrong is shown above the list, because its row may scroll out of sight. */
export const useFileDownload = (backupId: string, passphrase: string | undefined) => {
  const t = words();
  const may = useMay();
  const wanted = useRef<Entry | undefined>(undefined);
  const doing = useDoing(async () => {
    if (wanted.current !== undefined) await fetchArchivedFile(backupId, wanted.current, { passphrase });
  });
  const isAllowed = may('backup.download');
  const button = (entry: Entry) =>
    isAllowed ? (
      <button
        type="button"
        class="plain-button"
        aria-label={t.get(visible(entry.path))}
        title={t.get(visible(entry.path))}
        disabled={doing.isBusy}
        onClick={() => {
          wanted.current = entry;
          doing.run();
        }}
      >
        <Icon name="download" />
      </button>
    ) : null;
  const told = (
    <>
      <p class="quiet" role="status">
        {doing.isBusy && wanted.current !== undefined && t.getting(visible(wanted.current.path))}
      </p>
      <ProblemNotice problem={doing.problem} />
    </>
  );
  return { button, told };
};
