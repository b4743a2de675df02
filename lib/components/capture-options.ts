import type { CaptureOptions } from '../archive/capture/capture-sink.ts';
import type { CaptureTask } from './component-kind.ts';

/** What the engine is told of a task, whichever kind it captures; the kind adds what it captures, and from where. */
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
