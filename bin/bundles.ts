/** How the functions of AWS are bundled: for the package, the check of sizes and the benchmarks. */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type BuildOptions, build, type Metafile } from 'esbuild';
import {
  entryPointOf,
  type FunctionName,
  functionNames,
  rowOf,
} from '../lib/infra/functions/function-table.ts';
import { USUAL_BUDGET_KB } from '../lib/infra/functions/rows/shared.ts';
import { packageRoot } from '../lib/infra/packaged.ts';

const entryOf = (functionName: FunctionName): string => `${packageRoot}lambdas/${entryPointOf(functionName)}`;

/** The program of the segment threads, by its name beside a bundle. */
export const segmentWorkerEntry = `${packageRoot}lib/archive/threads/segment-worker.ts`;
export const SEGMENT_WORKER_FILE = 'segment-worker.mjs';

/** The names that CommonJS packages inside an ES module bundle expect. */
const banner =
  "import { createRequire as holdfastRequire } from 'node:module'; const require = holdfastRequire(import.meta.url);";

export const esbuildOptions = {
  bundle: true,
  platform: 'node',
  format: 'esm',
  minify: true,
  keepNames: true,
  target: 'node24',
  mainFields: ['module', 'main'],
  banner: { js: banner },
} as const satisfies BuildOptions;

export interface FunctionBundles {
  /** Name and content of each file, all of one folder. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly sizes: readonly BundleSize[];
}

export interface BundleSize {
  readonly functionName: FunctionName;
  /** The size of all files that the function can load, including those of its segment threads. */
  readonly kilobytes: number;
  readonly budgetKb: number;
  /** The largest packages, for somebody who must make it smaller. */
  readonly heaviest: string;
}

/** A file for each entry point by its name, and files that they share. */
export const splitOptions = {
  ...esbuildOptions,
  splitting: true,
  entryNames: '[name]',
  chunkNames: 'shared-[hash]',
  outExtension: { '.js': '.mjs' },
} as const satisfies BuildOptions;

/** Bundles every function; code that several of them need is in shared files. */
export const bundleFunctions = async (): Promise<FunctionBundles> => {
  const { metafile, outputFiles } = await build({
    ...splitOptions,
    entryPoints: [...functionNames.map(entryOf), segmentWorkerEntry],
    outdir: 'functions',
    absWorkingDir: packageRoot,
    write: false,
    metafile: true,
  });
  const outputs = new Map(Object.entries(metafile.outputs).map(([path, output]) => [basename(path), output]));
  return {
    files: new Map(outputFiles.map(({ path, contents }) => [basename(path), contents])),
    sizes: functionNames.map((name) => sizeOf(name, outputs)),
  };
};

type Output = Metafile['outputs'][string];
type Outputs = ReadonlyMap<string, Output>;

const sizeOf = (name: FunctionName, outputs: Outputs): BundleSize => {
  const row = rowOf(name);
  const entries = [`${name}.mjs`, ...(row.segments === true ? [SEGMENT_WORKER_FILE] : [])];
  const loaded = loadedBy(entries, outputs);
  const bytes = loaded.reduce((sum, output) => sum + output.bytes, 0);
  return {
    functionName: name,
    kilobytes: Math.ceil(bytes / 1000),
    budgetKb: row.budgetKb ?? USUAL_BUDGET_KB,
    heaviest: heaviestOf(loaded),
  };
};

/** The files of these names, and all that they import, at once or later. */
const loadedBy = (entries: readonly string[], outputs: Outputs): Output[] => {
  const found = new Map<string, Output>();
  const visit = (file: string): void => {
    const output = outputs.get(file);
    if (output === undefined) throw new Error(`esbuild made no ${file}`);
    if (found.has(file)) return;
    found.set(file, output);
    for (const { path, external } of output.imports) if (external !== true) visit(basename(path));
  };
  for (const file of entries) visit(file);
  return [...found.values()];
};

/** The largest packages, in kB. */
const heaviestOf = (loaded: readonly Output[]): string => {
  const weights = new Map<string, number>();
  for (const [path, { bytesInOutput }] of loaded.flatMap(({ inputs }) => Object.entries(inputs))) {
    const [, name = 'our own'] = /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path) ?? [];
    weights.set(name, (weights.get(name) ?? 0) + bytesInOutput);
  }
  const heavy = [...weights].sort(([, a], [, b]) => b - a).slice(0, 8);
  return heavy.map(([name, bytes]) => `${name} ${Math.round(bytes / 1000)}`).join(', ');
};

/** Prints the size of each function. @returns whether none is larger than allowed */
export const reportSizes = (sizes: readonly BundleSize[]): boolean => {
  const tooHeavy = sizes.filter(({ kilobytes, budgetKb }) => kilobytes > budgetKb);
  for (const size of sizes) {
    const { functionName, kilobytes, budgetKb, heaviest } = size;
    const why = tooHeavy.includes(size) ? `  TOO HEAVY: ${heaviest}` : '';
    process.stdout.write(
      `${functionName.padEnd(20)} ${String(kilobytes).padStart(5)} of ${budgetKb} kB${why}\n`,
    );
  }
  if (tooHeavy.length === 0) return true;
  process.stderr.write(
    `${tooHeavy.length} functions are heavier than their rows in lib/infra/functions/rows allow\n`,
  );
  return false;
};

const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/**
 * Makes the folder contain exactly these files. Another synthesis may be reading there: a file with the same content is
 * not touched, and any other is replaced in one step.
 */
export const writeBundles = (folder: string, files: FunctionBundles['files']): void => {
  mkdirSync(folder, { recursive: true });
  const there = new Set(readdirSync(folder));
  const draft = `${folder}.${process.pid}`;
  for (const [name, content] of files) {
    const path = join(folder, name);
    if (there.has(name) && digest(readFileSync(path)) === digest(content)) continue;
    writeFileSync(draft, content);
    renameSync(draft, path);
  }
  for (const name of there) if (!files.has(name)) rmSync(join(folder, name), { recursive: true });
};
