import { useEffect, useState } from 'preact/hooks';

/** Widths in pixels: the widest telephone, and the widest window with the menu above the page instead of beside it. */
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
