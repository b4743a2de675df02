/** A secret that was just made. The page shows it once, so that somebody can copy it. */
import { useState } from 'preact/hooks';
import { words } from '../../words/shared.ts';
import { Notice } from '../notice.tsx';

export const ShownOnce = ({ title, secret }: { readonly title: string; readonly secret: string }) => {
  const t = words();
  const [isCopied, setIsCopied] = useState(false);
  return (
    <div class="made">
      <div role="status">
        <Notice tone="attention" title={title} />
      </div>
      <code class="break">{secret}</code>
      <button
        type="button"
        onClick={() => void navigator.clipboard?.writeText(secret).then(() => setIsCopied(true))}
      >
        {isCopied ? t.copied : t.copy}
      </button>
    </div>
  );
};
