/** The package as npm packs it, in a CDK app elsewhere that has only what the package declares. */
import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';

const checkout = fileURLToPath(new URL('../..', import.meta.url));
const manifestSchema = z.object({
  dependencies: z.record(z.string(), z.string()),
  peerDependencies: z.record(z.string(), z.string()),
});
const manifest = manifestSchema.parse(JSON.parse(readFileSync(join(checkout, 'package.json'), 'utf8')));

/** The files that make up the package. They are copied, so that other tests find their checkout unchanged. */
const sources = [
  'package.json',
  'tsconfig.json',
  'tsconfig.build.json',
  'README.md',
  'LICENSE',
  'CHANGELOG.md',
  'bin',
  'deploy',
  'docs',
  'lambdas',
  'lib',
  'statemachines',
];

const run = (cwd: string, program: string, ...args: string[]): SpawnSyncReturns<string> =>
  spawnSync(program, args, { cwd, encoding: 'utf8', env: { ...process.env, PATH: ourPath } });
/** The scripts run on the same Node as this process. */
const ourPath = `${dirname(process.execPath)}:${process.env.PATH}`;

const successful = (cwd: string, program: string, ...args: string[]): string => {
  const { status, stdout, stderr } = run(cwd, program, ...args);
  if (status !== 0)
    throw new Error(`${program} ${args.join(' ')} ended with ${status}:\n${stdout}\n${stderr}`);
  return stdout;
};

/** @returns the path of the tarball */
export const packInto = (folder: string): string => {
  const copy = join(folder, 'sources');
  mkdirSync(copy);
  for (const name of sources) cpSync(join(checkout, name), join(copy, name), { recursive: true });
  symlinkSync(join(checkout, 'node_modules'), join(copy, 'node_modules'));
  successful(copy, 'npm', 'pack', '--pack-destination', folder);
  const [tarball = ''] = readdirSync(folder).filter((name) => name.endsWith('.tgz'));
  return join(folder, tarball);
};

export class PackedApp {
  readonly folder: string;
  /** The folder of the installed package. */
  readonly installed: string;

  /**
   * Installs the tarball without a registry: unpacks it beside links to its declared dependencies and to
   * nothing else.
   */
  constructor(folder: string, tarball: string) {
    this.folder = folder;
    this.installed = join(folder, 'node_modules', 'holdfast');
    mkdirSync(this.installed, { recursive: true });
    successful(folder, 'tar', '-xzf', tarball, '-C', this.installed, '--strip-components=1');
    for (const name of Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies })) {
      const link = join(folder, 'node_modules', name);
      mkdirSync(dirname(link), { recursive: true });
      symlinkSync(join(checkout, 'node_modules', name), link);
    }
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  }

  run(...args: string[]): SpawnSyncReturns<string> {
    return run(this.folder, process.execPath, ...args);
  }

  write(name: string, text: string): void {
    writeFileSync(join(this.folder, `${name}.ts`), text);
  }

  /** Runs an app as the CDK's command line does. @returns the folder of the assembly */
  synthesize(name: string, text: string): string {
    const assembly = join(this.folder, `${name}.out`);
    this.write(name, text);
    const { status, stderr } = spawnSync(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', `${name}.ts`],
      { cwd: this.folder, encoding: 'utf8', env: { ...process.env, CDK_OUTDIR: assembly } },
    );
    // The CDK's own code has lines of many kilobytes, so long lines are shortened.
    if (status !== 0)
      throw new Error(`${name}.ts ended with ${status}:\n${stderr.replaceAll(/^.{500,}$/gm, '...')}`);
    return assembly;
  }

  /** The errors that TypeScript's strictest settings report for the apps. */
  typeErrors(...names: string[]): string {
    const types = join(checkout, 'node_modules', '@types');
    const options = ['--noEmit', '--strict', '--exactOptionalPropertyTypes', '--skipLibCheck'];
    const { stdout } = this.run(
      join(checkout, 'node_modules/typescript/bin/tsc'),
      ...[...options, '--module', 'nodenext', '--target', 'esnext', '--typeRoots', types, '--types', 'node'],
      ...names.map((name) => `${name}.ts`),
    );
    return stdout;
  }
}
