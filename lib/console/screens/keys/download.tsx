import { useState } from 'preact/hooks';
import { downloadKey } from '../../api/calls.ts';
import { useDoing } from '../../api/live.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { NewSecret, useNewSecret } from '../../parts/forms/new-secret.tsx';
import { onSubmit } from '../../parts/forms/use-form.ts';
import { Notice, ProblemNotice } from '../../parts/notice.tsx';
import { saveText } from '../../parts/save-text.ts';
import { words as shared } from '../../words/shared.ts';
import { words } from './words.ts';

/** Makes a key file, with a password that somebody types twice: no other password opens the file. */
export const DownloadKey = ({ id, onClose }: { id: string; onClose: () => void }) => {
  const t = words();
  const secret = useNewSecret();
  const [saved, setSaved] = useState<string | undefined>();
  const doing = useDoing(async (approvalId) => {
    const { fileName, file } = await downloadKey(id, secret.value, approvalId);
    saveText(fileName, file);
    secret.set({ value: '', again: '' });
    setSaved(fileName);
  });
  return (
    <Dialog title={t.downloadTitle} onClose={onClose}>
      {saved !== undefined ? (
        <div role="status">
          <Notice tone="good" title={t.saved(saved)} />
        </div>
      ) : (
        <form
          onSubmit={onSubmit(() => {
            if (secret.check()) doing.run();
          })}
        >
          <p class="quiet">{t.downloadHint}</p>
          <NewSecret state={secret} label={shared().password} hint={t.passwordHint} />
          <ProblemNotice problem={doing.problem} />
          <button type="submit" class="main-button" disabled={doing.isBusy}>
            {t.save}
          </button>
        </form>
      )}
    </Dialog>
  );
};
