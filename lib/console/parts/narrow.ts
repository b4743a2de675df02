import { useEffect, useState } from 'preact/hooks';

/** In pixels: of a telephone, and of a window in which the menu stands above and not beside. */
export const TELEPHONE = 560;
export const MENU_ABOVE = 900;

/** Whether the window is at most so wide. */
export const useNarrow = (pixels: number): boolean => {
  const query = `(max-width: ${pixels}px)`;
  const [isNarrow, setIsNarrow] = useState(() => window.matchMedia(query).matches);
  useEffect(() => {
    const media = window.matchMedia(query);
    const changed = (): void => setIsNarrow(media.matches);
    changed();
    media.addEventListener('change', changed);
    return () => media.removeEventListener('change', changed);
  }, [query]);
  return isNarrow;
};
