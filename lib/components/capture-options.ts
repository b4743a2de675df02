import type { CaptureOptions } from '../archive/capture/capture-sink.ts';
import type { CaptureTask } from './component-kind.ts';

/** The options that every kind passes to the engine for a task; the kind adds its entries and where they come from. */
export const captureOptions = (task: CaptureTask<{ readonly id: string }>) =>
  ({
    component: task.settings.id,
    recipient: task.recipient,
    segmentBytes: task.segmentBytes,
    level: task.compressionLevel,
    pool: task.pool,
    sink: task.sink,
    signal: task.signal,
  }) satisfies CaptureOptions;
