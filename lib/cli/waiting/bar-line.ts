/** One line of a progress bar, as text, fitted to the available width. */
import { countOf, formatBytes, formatCountdown } from '../terminal/quantities.ts';
import { visible } from '../terminal/visible-text.ts';

/** The progress of a run or a component. */
export interface Progress {
  readonly step: string;
  readonly bytes: number;
  /** Undefined: not counted here. */
  readonly entries?: number;
  /** Undefined: unknown. */
  readonly expectedBytes?: number | undefined;
}

const SPINNER = ['|', '/', '-', '\\'];
const BAR_WIDTH = 24;

/**
 * The present line, at most `columns` - 1 wide, so that no terminal wraps it. Parts that do not fit are left out: first
 * the countdown, then the rate, the entries, the bar.
 */
export const barLine = (
  state: Progress,
  bytesPerSecond: number | undefined,
  columns: number,
  tick: number,
): string => {
  const { bytes, expectedBytes } = state;
  const share =
    expectedBytes !== undefined && expectedBytes > 0 ? Math.min(1, bytes / expectedBytes) : undefined;
  const head = `${SPINNER[tick % SPINNER.length]} ${visible(state.step)}`;
  const bar = share === undefined ? [] : [barOf(share), `${String(Math.floor(share * 100)).padStart(3)} %`];
  const size =
    expectedBytes !== undefined && share !== undefined && share < 1
      ? `${formatBytes(bytes)} of ${formatBytes(expectedBytes)}`
      : formatBytes(bytes);
  const sizes = bytes > 0 || share !== undefined ? [size] : [];
  const entries =
    state.entries === undefined || state.entries === 0 ? [] : [countOf(state.entries, 'entry', 'entries')];
  const rate = bytesPerSecond === undefined || bytesPerSecond < 1 ? [] : [`${formatBytes(bytesPerSecond)}/s`];
  const left =
    share === undefined || share === 1 || rate.length === 0 || expectedBytes === undefined
      ? []
      : [`${formatCountdown(((expectedBytes - bytes) / (bytesPerSecond ?? 1)) * 1000)} left`];
  const lines = [
    [head, ...bar, ...sizes, ...entries, ...rate, ...left],
    [head, ...bar, ...sizes, ...entries, ...rate],
    [head, ...bar, ...sizes, ...entries],
    [head, ...bar, ...sizes],
    [head, ...bar.slice(1), ...sizes],
    [head, ...bar.slice(1)],
  ].map((parts) => parts.join('  '));
  const width = Math.max(1, columns - 1);
  return lines.find((line) => line.length <= width) ?? head.slice(0, width);
};

const barOf = (share: number): string => {
  const full = Math.floor(share * BAR_WIDTH);
  return `[${'#'.repeat(full)}${'.'.repeat(BAR_WIDTH - full)}]`;
};
