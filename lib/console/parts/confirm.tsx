/** Asks once more before something that the same button cannot undo. */
import type { ComponentChildren } from 'preact';
import { type Act, useDoing } from '../api/live.ts';
import { words as shared } from '../words/shared.ts';
import { Dialog } from './dialog.tsx';
import { onSubmit } from './forms/use-form.ts';
import { ProblemNotice } from './notice.tsx';

interface ConfirmProps {
  readonly title: string;
  /** The text of the button that does it. */
  readonly name: string;
  readonly children: ComponentChildren;
  readonly act: Act;
  readonly onClose: () => void;
  /** Whether the button is off, because something has to be typed or chosen first. */
  readonly off?: boolean;
  readonly isDanger?: boolean;
}

export const Confirm = ({
  title,
  name,
  children,
  act,
  onClose,
  off = false,
  isDanger = true,
}: ConfirmProps) => {
  const doing = useDoing(act);
  return (
    <Dialog title={title} onClose={onClose}>
      <form
        onSubmit={onSubmit(() => {
          if (!off) doing.run();
        })}
      >
        {children}
        <ProblemNotice problem={doing.problem} />
        <div class="actions">
          <button type="submit" class={isDanger ? 'danger' : 'main-button'} disabled={off || doing.isBusy}>
            {name}
          </button>
          <button type="button" onClick={onClose}>
            {shared().cancel}
          </button>
        </div>
      </form>
    </Dialog>
  );
};
