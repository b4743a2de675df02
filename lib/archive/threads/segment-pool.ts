/**
 * Worker threads for segments: started when first needed, kept warm between operations, ended when there has been
 * nothing to do for a while, never the reason why a process stays alive. Compression, encryption, hashing and file access of bulk data happen there and nowhere else.
 */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { ArchiveError, archiveErrorCodes } from '../errors.ts';
import type { ParsedManifest } from '../layout/manifest-parse.ts';
import type { ManifestThreads } from '../reader/open-manifest.ts';
import type { JobFailure, JobReply, SegmentJob, SegmentJobKind, SegmentJobs } from './segment-jobs.ts';
import { segmentWorkerEntry } from './segment-worker-entry.ts';

export interface SegmentPoolOptions {
  /** Threads. @default the machine's cores, at most 4 */
  readonly size?: number;
  /** MiB of objects that a thread may have; buffers are not counted. @default 1024 */
  readonly threadMemoryMb?: number;
  /** Seconds without any job after which all threads end; the next job starts new ones. @default 15 */
  readonly idleSeconds?: number;
}

interface Waiting {
  readonly job: SegmentJob;
  readonly transfer: readonly ArrayBuffer[];
  readonly resolve: (output: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** A job's thread ended, or was ended, in the middle of it: nobody knows how far it came. */
export class ThreadLost extends Error {
  override readonly name = 'ThreadLost';

  /** Whether the thread needed more memory than it has. */
  get outOfMemory(): boolean {
    const { cause } = this;
    return cause instanceof Error && 'code' in cause && cause.code === 'ERR_WORKER_OUT_OF_MEMORY';
  }
}

const errorOf = ({ message, name, code }: JobFailure): Error => {
  const archiveCode = archiveErrorCodes.find((known) => known === code);
  if (name === 'ArchiveError' && archiveCode !== undefined) return new ArchiveError(archiveCode, message);
  if (name === 'AbortError') return new DOMException(message, name);
  return Object.assign(new Error(message), code === undefined ? {} : { code });
};

/** One thread with at most one job. */
class SegmentThread {
  readonly #worker: Worker;
  readonly #freed: (thread: SegmentThread) => void;
  readonly #ended: (thread: SegmentThread, error: Error) => void;
  #current: Waiting | undefined;
  #terminated = false;

  constructor(
    memoryMb: number,
    freed: (thread: SegmentThread) => void,
    ended: (thread: SegmentThread, error: Error) => void,
  ) {
    this.#freed = freed;
    this.#ended = ended;
    this.#worker = new Worker(segmentWorkerEntry(), {
      name: 'holdfast-segments',
      // Small heaps: most data lies in shared and reused buffers, and a segment's thousands of headers are freed early.
      // A heap that grows beyond this ends the thread, and not the process.
      resourceLimits: { maxYoungGenerationSizeMb: 12, maxOldGenerationSizeMb: memoryMb },
    });
    this.#worker.unref();
    this.#worker.on('message', (reply: JobReply) => {
      const waiting = this.#current;
      this.#current = undefined;
      // An answer that comes while the thread is being ended must not let the process end before the thread's end is
      // known.
      if (!this.#terminated) this.#worker.unref();
      freed(this);
      if ('failure' in reply) waiting?.reject(errorOf(reply.failure));
      else waiting?.resolve(reply.output);
    });
    this.#worker.on('error', (cause) =>
      this.#end(new ThreadLost(`a worker thread failed: ${cause}`, { cause })),
    );
    this.#worker.on('exit', () => this.#end(new ThreadLost('a worker thread ended unexpectedly; try again')));
  }

  #end(error: Error): void {
    const waiting = this.#current;
    this.#current = undefined;
    this.#ended(this, error);
    waiting?.reject(error);
  }

  take(waiting: Waiting): void {
    this.#current = waiting;
    // Keeps the process running while the thread works.
    this.#worker.ref();
    try {
      this.#worker.postMessage(waiting.job, waiting.transfer);
    } catch (thrown) {
      // An input that cannot be sent is the caller's fault; the thread has not seen it, and is free for the next job.
      this.#current = undefined;
      this.#worker.unref();
      waiting.reject(thrown);
      this.#freed(this);
    }
  }

  async terminate(): Promise<void> {
    this.#terminated = true;
    await this.#worker.terminate();
  }
}

export class SegmentPool implements ManifestThreads {
  readonly size: number;
  readonly #threads = new Set<SegmentThread>();
  readonly #idle: SegmentThread[] = [];
  readonly #queue: Waiting[] = [];
  readonly #idleMilliseconds: number;
  readonly #threadMemoryMb: number;
  #idleTimer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: SegmentPoolOptions = {}) {
    this.size = options.size ?? Math.min(4, availableParallelism());
    this.#threadMemoryMb = options.threadMemoryMb ?? 1024;
    this.#idleMilliseconds = (options.idleSeconds ?? 15) * 1000;
  }

  /** Number of running threads. */
  get threads(): number {
    return this.#threads.size;
  }

  /**
   * Runs a job on the next free thread; jobs start in the order they are given. Memory in `transfer` moves to the
   * thread and is empty here. Rejects with what the job threw: an `ArchiveError`, an `AbortError`, or an error with a
   * `code` of the system.
   */
  run<K extends SegmentJobKind>(
    kind: K,
    input: SegmentJobs[K]['input'],
    transfer: readonly ArrayBuffer[] = [],
  ): Promise<SegmentJobs[K]['output']> {
    if (this.#closed) return Promise.reject(new Error('the segment pool is closed'));
    return new Promise((resolve, reject) => {
      this.#queue.push({
        // The compiler cannot see that a kind and its own input make a job, nor that the answer is that kind's output.
        job: { kind, input } as SegmentJob,
        resolve: (output) => resolve(output as SegmentJobs[K]['output']),
        reject,
        transfer,
      });
      this.#next();
    });
  }

  async parseManifest(json: Buffer<ArrayBuffer>): Promise<ParsedManifest> {
    try {
      return await this.run('parse-manifest', { json }, [json.buffer]);
    } catch (cause) {
      if (!(cause instanceof ThreadLost && cause.outOfMemory)) throw cause;
      throw new ArchiveError(
        'archive_bomb',
        'the manifest needs more memory than a thread may use; do not trust this archive',
        { cause },
      );
    }
  }

  /** Starts all threads now, while something else is still being prepared. Optional, and may be repeated. */
  start(): void {
    while (!this.#closed) {
      const thread = this.#start();
      if (thread === undefined) break;
      this.#idle.push(thread);
    }
    this.#endWhenIdle();
  }

  /** Restarts the idle time when no job runs, and stops it when one does. */
  #endWhenIdle(): void {
    clearTimeout(this.#idleTimer);
    if (this.#closed || this.#threads.size === 0 || this.#idle.length < this.#threads.size) return;
    this.#idleTimer = setTimeout(() => {
      for (const thread of this.#idle.splice(0)) {
        this.#threads.delete(thread);
        void thread.terminate();
      }
    }, this.#idleMilliseconds);
    this.#idleTimer.unref();
  }

  #next(): void {
    while (this.#queue.length > 0) {
      const thread = this.#idle.pop() ?? this.#start();
      if (thread === undefined) return;
      const waiting = this.#queue.shift();
      if (waiting !== undefined) thread.take(waiting);
    }
    this.#endWhenIdle();
  }

  #start(): SegmentThread | undefined {
    if (this.#threads.size >= this.size) return undefined;
    const thread = new SegmentThread(
      this.#threadMemoryMb,
      (freed) => {
        this.#idle.push(freed);
        this.#next();
      },
      (ended) => {
        this.#threads.delete(ended);
        const at = this.#idle.indexOf(ended);
        if (at >= 0) this.#idle.splice(at, 1);
        if (!this.#closed) this.#next();
      },
    );
    this.#threads.add(thread);
    return thread;
  }

  /** Ends all threads. Jobs that are waiting or running are rejected. May be repeated. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#idleTimer);
    const closed = new Error('the segment pool was closed before its work ended');
    for (const { reject } of this.#queue.splice(0)) reject(closed);
    await Promise.all([...this.#threads].map((thread) => thread.terminate()));
  }
}
