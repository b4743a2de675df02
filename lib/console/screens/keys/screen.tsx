/** The backup keys, and the key files that open archives when everything else is lost. */
import { useState } from 'preact/hooks';
import type { BackupKeyView } from '../../../model/records/keys.ts';
import { visible } from '../../../model/text/visible-text.ts';
import { createKey, listKeys, makeDefaultKey } from '../../api/calls.ts';
import { useDoing, useLive } from '../../api/live.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { Check } from '../../parts/forms/field.tsx';
import { onSubmit } from '../../parts/forms/use-form.ts';
import { StackedTable } from '../../parts/lists/stacked-table.tsx';
import { LiveScreen, ScreenHead } from '../../parts/live-screen.tsx';
import { Empty, Notice, ProblemNotice } from '../../parts/notice.tsx';
import { Time } from '../../parts/time.tsx';
import { useAsked } from '../../parts/use-asked.ts';
import { type Screen, useMay } from '../../screen.ts';
import { isAtRisk } from '../../shown/keys.ts';
import { DownloadKey } from './download.tsx';
import { words } from './words.ts';

const Keys = () => {
  const t = words();
  const may = useMay();
  const live = useLive(listKeys, []);
  const { asked, ask, close } = useAsked<'create' | BackupKeyView>(live.reload);
  return (
    <LiveScreen
      live={live}
      head={
        <ScreenHead title={t.title} lead={t.lead}>
          {may('key.write') && (
            <button type="button" onClick={() => ask('create')}>
              {t.create}
            </button>
          )}
        </ScreenHead>
      }
    >
      {({ resources }) => (
        <>
          {isAtRisk(resources) && <Notice tone="attention" title={t.nag} />}
          {resources.length === 0 ? (
            <Empty title={t.none} />
          ) : (
            <div class="card">
              <StackedTable columns={[t.key, t.made, t.keyFile, { unseen: t.actions }]}>
                {resources.map((key) => (
                  <Key key={key.id} backupKey={key} onDownload={() => ask(key)} onChanged={live.reload} />
                ))}
              </StackedTable>
            </div>
          )}
          {asked === 'create' && <CreateKey onClose={close} />}
          {asked !== undefined && asked !== 'create' && <DownloadKey id={asked.id} onClose={close} />}
        </>
      )}
    </LiveScreen>
  );
};

const Key = ({
  backupKey: { id, createdAt, scope, domain, isDefault, postQuantum, importedFrom, exportedAt },
  onDownload,
  onChanged,
}: {
  backupKey: BackupKeyView;
  onDownload: () => void;
  onChanged: () => void;
}) => {
  const t = words();
  const may = useMay();
  const doing = useDoing(async () => {
    await makeDefaultKey(id);
    onChanged();
  });
  return (
    <tr>
      <th scope="row">
        <code class="break">{id}</code>
        <span class="quiet">
          {scope === 'domain' ? t.ofDomain(visible(domain)) : t.ofSystem}
          {importedFrom !== null && ` · ${t.imported(visible(importedFrom))}`}
        </span>
        {isDefault && <span class="badge running">{t.default}</span>}{' '}
        {postQuantum && <span class="badge">{t.postQuantum}</span>}
      </th>
      <td data-name={t.made}>
        <Time at={createdAt} />
      </td>
      <td data-name={t.keyFile}>
        <Time at={exportedAt} fallback={importedFrom === null ? t.notDownloaded : '–'} />
      </td>
      <td>
        <div class="actions">
          {may('key.export') && (
            <button type="button" onClick={onDownload} aria-label={t.downloadOf(id)}>
              {t.download}
            </button>
          )}
          {may('key.write') && !isDefault && (
            <button
              type="button"
              class="quiet-button"
              onClick={doing.run}
              disabled={doing.isBusy}
              aria-label={t.makeDefaultOf(id)}
            >
              {t.makeDefault}
            </button>
          )}
        </div>
        <ProblemNotice problem={doing.problem} />
      </td>
    </tr>
  );
};

const CreateKey = ({ onClose }: { onClose: () => void }) => {
  const t = words();
  const [isDefault, setIsDefault] = useState(false);
  const [postQuantum, setPostQuantum] = useState(false);
  const doing = useDoing(async () => {
    await createKey({ default: isDefault, postQuantum });
    onClose();
  });
  return (
    <Dialog title={t.createTitle} onClose={onClose}>
      <form onSubmit={onSubmit(doing.run)}>
        <p class="quiet">{t.createHint}</p>
        <Check label={t.asDefault} checked={isDefault} onChecked={setIsDefault} />
        <Check label={t.quantum} checked={postQuantum} onChecked={setPostQuantum} />
        <ProblemNotice problem={doing.problem} />
        <button type="submit" class="main-button" disabled={doing.isBusy}>
          {t.createNow}
        </button>
      </form>
    </Dialog>
  );
};

export const keysScreen: Screen = {
  path: '/keys',
  needs: 'key.read',
  menu: { name: () => words().title, icon: 'keys', isAdministration: true },
  title: () => words().title,
  view: Keys,
};
