/**
 * The browser's own dialog: it keeps the focus, closes on Escape, and hides the rest of the page from a screen reader.
 */
import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';
import { words } from '../words/shared.ts';

export const Dialog = ({
  title,
  children,
  onClose,
}: {
  title: string;
  children: ComponentChildren;
  onClose: () => void;
}) => {
  const dialog = useRef<HTMLDialogElement>(null);
  const isGone = useRef(false);
  const id = useId();
  useEffect(() => {
    const shown = dialog.current;
    shown?.showModal();
    return () => {
      // The close event comes late. Another dialog may be in this place by then, and must not be closed.
      isGone.current = true;
      shown?.close();
    };
  }, []);
  return (
    <dialog ref={dialog} aria-labelledby={id} onClose={() => isGone.current || onClose()}>
      <div class="dialog-head">
        <h2 id={id}>{title}</h2>
        <button type="button" class="plain-button" onClick={onClose} aria-label={words().close}>
          ×
        </button>
      </div>
      {children}
    </dialog>
  );
};
