/** The progress as a line for logs and pipes. */
import { formatBytes, formatCountdown } from '../terminal/quantities.ts';
import type { Progress } from './bar-line.ts';

/** `capture: 4.20 MB of 10.0 MB, 42 %, 00:12 left`, without what is unknown. */
export const plainLine = (
  { step, bytes, expectedBytes }: Progress,
  bytesPerSecond: number | undefined,
): string => {
  if (expectedBytes === undefined || expectedBytes <= 0) return `${step}: ${formatBytes(bytes)}`;
  const share = Math.min(1, bytes / expectedBytes);
  const told = [
    `${step}: ${formatBytes(bytes)} of ${formatBytes(expectedBytes)}`,
    `${Math.floor(share * 100)} %`,
  ];
  if (bytesPerSecond !== undefined && bytesPerSecond >= 1 && share < 1)
    told.push(`${formatCountdown(((expectedBytes - bytes) / bytesPerSecond) * 1000)} left`);
  return told.join(', ');
};
