import { useState } from 'preact/hooks';

/** What a screen asks about in its dialog; undefined while no dialog is open. Closing the dialog loads the screen again. */
export const useAsked = <T>(reload: () => void) => {
  const [asked, ask] = useState<T | undefined>();
  const close = (): void => {
    ask(undefined);
    reload();
  };
  return { asked, ask, close };
};
