/** An installation whose server reports how long it made callers wait and how much memory it used. */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { peakMegabytes, resetPeak } from '../../campaign/peak-memory.ts';
import { Installation } from '../../cases/installation.ts';
import { deadlineIn } from '../../deadline.ts';

const preloaded = new URL('../../campaign/report-blocks.ts', import.meta.url).href;

export interface Vitals {
  readonly blockedMs: number;
  readonly peakMegabytes: number;
}

export class WatchedServer {
  readonly installation: Installation;
  readonly #blocks: string;

  private constructor(installation: Installation, blocks: string) {
    this.installation = installation;
    this.#blocks = blocks;
  }

  static async start(folder: string, config: Record<string, unknown>): Promise<WatchedServer> {
    const blocks = join(folder, 'blocks.json');
    const installation = await Installation.start({
      config: () => config,
      env: {
        HOLDFAST_TEST_BLOCKS: blocks,
        NODE_OPTIONS: `--disable-warning=ExperimentalWarning --import=${preloaded}`,
      },
    });
    return new WatchedServer(installation, blocks);
  }

  /** The values since the previous request for them. */
  async vitals(): Promise<Vitals> {
    const { pid } = this.installation;
    rmSync(this.#blocks, { force: true });
    process.kill(pid, 'SIGUSR2');
    for (const deadline = deadlineIn(30_000); !existsSync(this.#blocks); await pause(5))
      if (deadline.isOver) throw new Error('the server does not answer a signal');
    const { blockedMs }: { blockedMs: number } = JSON.parse(readFileSync(this.#blocks, 'utf8'));
    const peak = peakMegabytes(pid) ?? 0;
    resetPeak(pid);
    return { blockedMs, peakMegabytes: peak };
  }
}
