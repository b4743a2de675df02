/** Sizes as people read them; the same in every locale. MB = 10^6 bytes. */

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB', 'EB'];

/** Three significant digits: `999 B`, `1.02 kB`, `34.5 MB`, `345 GB`. */
export const formatBytes = (bytes: number): string => {
  let value = bytes;
  let unit = 0;
  // 999.5 would round to four digits.
  while (value >= (unit === 0 ? 1000 : 999.5) && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit === 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
  return `${value.toFixed(digits)} ${UNITS[unit]}`;
};
