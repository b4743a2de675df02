/**
 * A small disk of its own for an installation: a tmpfs in the mount namespace of a process. It disappears
 * when that process ends for any reason.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const MEGABYTES = 48;

export class SmallDisk implements Disposable {
  readonly #holder: ChildProcess;
  readonly #folder: string;

  private constructor(holder: ChildProcess, folder: string) {
    this.#holder = holder;
    this.#folder = folder;
  }

  /** Undefined when this user may not mount file systems. */
  static async over(folder: string): Promise<SmallDisk | undefined> {
    const script = `mount -t tmpfs -o size=${MEGABYTES}m,mode=755 tmpfs "$0" && echo mounted && exec sleep 3600`;
    const holder = spawn('unshare', ['-m', 'sh', '-c', script, folder], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const said = await Promise.race([once(holder.stdout, 'data'), once(holder, 'close')]).catch(() => []);
    if (String(said[0]).startsWith('mounted')) return new SmallDisk(holder, folder);
    holder.kill('SIGKILL');
    return undefined;
  }

  /** The command through which a program must run to see the disk. */
  get through(): readonly string[] {
    return ['nsenter', '-t', String(this.#holder.pid), '-m', '--'];
  }

  /** The disk's path for this process. */
  get path(): string {
    return `/proc/${this.#holder.pid}/root${this.#folder}`;
  }

  /** Fills the disk except for this many bytes. */
  fill(free: number): void {
    const file = openSync(join(this.path, 'filler'), 'w');
    const room = (): number => {
      const { bavail, bsize } = statfsSync(this.path);
      return bavail * bsize - free;
    };
    const piece = Buffer.alloc(1_048_576);
    for (let left = room(); left >= 4_096; left = room())
      writeSync(file, piece, 0, Math.min(piece.length, left));
    closeSync(file);
  }

  empty(): void {
    rmSync(join(this.path, 'filler'), { force: true });
  }

  [Symbol.dispose](): void {
    this.#holder.kill('SIGKILL');
  }
}
