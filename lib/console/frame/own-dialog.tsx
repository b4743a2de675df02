/** A button below the menu, and the dialog that it opens: for what people do with their own access. */
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { Dialog } from '../parts/dialog.tsx';

export const OwnDialog = ({
  title,
  children,
}: {
  title: string;
  /** Made again each time the dialog opens. `close` closes the dialog. */
  children: (close: () => void) => ComponentChildren;
}) => {
  const [isShown, setIsShown] = useState(false);
  const close = () => setIsShown(false);
  return (
    <>
      <button type="button" class="quiet-button" onClick={() => setIsShown(true)}>
        {title}
      </button>
      {isShown && (
        <Dialog title={title} onClose={close}>
          {children(close)}
        </Dialog>
      )}
    </>
  );
};
