/** A folder in which a restore may write to only one place, and a listing of everything else in it. */
import { createHash } from 'node:crypto';
import {
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** No archive may create this path. */
export const ABSOLUTE = '/tmp/holdfast-hostile-absolute';

const picture = (path: Buffer, skipped: ReadonlySet<string>, lines: string[], name: string): void => {
  const stats = lstatSync(path, { bigint: true });
  const about = `${name} ${stats.mode.toString(8)} ${stats.uid}:${stats.gid}`;
  if (stats.isSymbolicLink()) lines.push(`${about} -> ${readlinkSync(path, 'latin1')}`);
  else if (stats.isDirectory()) {
    lines.push(about);
    for (const child of readdirSync(path, 'buffer').sort(Buffer.compare)) {
      const below = `${name}/${child.toString('latin1')}`;
      if (!skipped.has(below)) picture(Buffer.concat([path, Buffer.from('/'), child]), skipped, lines, below);
    }
  } else {
    const content = stats.isFile()
      ? createHash('sha256').update(readFileSync(path)).digest('hex')
      : 'special';
    lines.push(`${about} ${stats.mtimeNs} ${stats.nlink} ${content}`);
  }
};

export class Jail implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), 'holdfast-hostile-'));
  readonly archive = join(this.path, 'archive.tar');
  readonly targets = join(this.path, 'targets');
  readonly #before: string;

  constructor() {
    mkdirSync(this.targets);
    mkdirSync(join(this.path, 'outside'));
    writeFileSync(join(this.path, 'outside', 'file'), 'mine');
    writeFileSync(join(this.path, 'outside', 'linked'), 'mine, under a second name');
    writeFileSync(join(this.path, 'evil'), 'mine');
    this.#before = this.#outside();
  }

  #outside(): string {
    const lines: string[] = [];
    picture(Buffer.from(this.path), new Set(['./targets', './archive.tar']), lines, '.');
    const stray = readdirSync(dirname(ABSOLUTE)).filter((name) => ABSOLUTE.endsWith(`/${name}`));
    return [...lines.map((line) => line.replace(/^(\. \d+ \S+).*/, '$1')), ...stray].join('\n');
  }

  /** A component's target: empty, or with links that lead out of it. */
  target(component: string, { prepared = false } = {}): string {
    const target = join(this.targets, component);
    if (!prepared) return target;
    mkdirSync(target);
    symlinkSync('../../outside', join(target, 'b'));
    symlinkSync('../../outside/file', join(target, 'c'));
    linkSync(join(this.path, 'outside', 'linked'), join(target, 'd'));
    writeFileSync(join(target, 'e'), 'was here');
    return target;
  }

  /** Changes outside the targets; empty when there are none. */
  changes(): string {
    const before = new Set(this.#before.split('\n'));
    // A hard link inside the target to a file outside changes only the file's number of links.
    const now = this.#outside().split('\n');
    const plain = (line: string): string => line.replace(/(linked .*) \d+ ([0-9a-f]{64})$/, '$1 $2');
    const known = new Set([...before].map(plain));
    const added = now.filter((line) => !known.has(plain(line)));
    const missing = [...known].filter((line) => !now.map(plain).includes(line));
    return [...added.map((line) => `+ ${line}`), ...missing.map((line) => `- ${line}`)].join('\n');
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** The staging folder that the restore makes below a target and must remove. */
export const leftovers = (target: string, restoreId: string): string[] =>
  [join(target, `.holdfast-${restoreId}`)].filter((path) => existsSync(path));
