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

/** The thread of a job ended, or was ended, in the middle of it: nobody knows how far it came. */
export class ThreadLost extends Error {
  override readonly name = 'ThreadLost';

  /** It needed more than it is given. */
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
      // Small heaps: the bulk lies in shared and reused buffers. The headers of a segment, thousands, die young in it.
      // What grows beyond all that is known ends as a lost thread, and not as a lost process.
      resourceLimits: { maxYoungGenerationSizeMb: 12, maxOldGenerationSizeMb: memoryMb },
    });
    this.#worker.unref();
    this.#worker.on('message', (reply: JobReply) => {
      const waiting = this.#current;
      this.#current = undefined;
      // An answer that arrives while the thread is ended must not end the process before it is known that the thread did.
      if (!this.#terminated) this.#worker.unref();
      freed(this);
      if ('failure' in reply) waiting?.reject(errorOf(reply.failure));
      else waiting?.resolve(reply.output);
    });
    this.#worker.on('error', (cause) =>
      this.#end(new ThreadLost(`a segment worker failed: ${cause}`, { cause })),
    );
    this.#worker.on('exit', () =>
      this.#end(new ThreadLost('a segment worker ended unexpectedly; try again')),
    );
  }

  #end(error: Error): void {
    const waiting = this.#current;
    this.#current = undefined;
    this.#ended(this, error);
    waiting?.reject(error);
  }

  take(waiting: Waiting): void {
    this.#current = waiting;
    // While it works, the process stays.
    this.#worker.ref();
    try {
      this.#worker.postMessage(waiting.job, waiting.transfer);
    } catch (thrown) {
      // What cannot be sent is the caller's fault; the thread has not seen it, and is free for the next job.
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

  /** Threads that there are at the moment. */
  get threads(): number {
    return this.#threads.size;
  }

  /**
   * Runs a job on the next free thread; jobs start in the order they are given.
   * Memory in `transfer` goes to the thread and is gone here. Rejects with what the job threw: an `ArchiveError`, an `AbortError`, or an error with a `code` of the system.
   */
  run<K extends SegmentJobKind>(
    kind: K,
    input: SegmentJobs[K]['input'],
    transfer: readonly ArrayBuffer[] = [],
  ): Promise<SegmentJobs[K]['output']> {
    if (this.#closed) return Promise.reject(new Error('the segment pool is closed'));
    return new Promise((resolve, reject) => {
      this.#queue.push({
        // The compiler does not see that a kind and its own input make a job, nor that the answer is that kind's output.
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
        'the manifest could not be read within the memory that a thread is given; do not trust this archive',
        { cause },
      );
    }
  }

  /** Starts all threads now, while something else is still being prepared. May be left out, and repeated. */
  start(): void {
    while (!this.#closed) {
      const thread = this.#start();
      if (thread === undefined) break;
      this.#idle.push(thread);
    }
    this.#endWhenIdle();
  }

  /** Counts the idle time anew when nothing is to be done, and not at all when something is. */
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
    const closed = new Error('the segment pool was closed while it worked');
    for (const { reject } of this.#queue.splice(0)) reject(closed);
    await Promise.all([...this.#threads].map((thread) => thread.terminate()));
  }
}
