/**
 * Debian's tools, for tests that hold ours against them. A missing one is installed when that is ours to do (root and
 * apt-get); otherwise the tests that need it are skipped, and say so.
 */
import { execFileSync, spawnSync } from 'node:child_process';

/** The command, and the package it is in. */
const packages = {
  age: 'age',
  borg: 'borgbackup',
  busybox: 'busybox',
  chromium: 'chromium',
  curl: 'curl',
  dash: 'dash',
  fish: 'fish',
  getfattr: 'attr',
  mandoc: 'mandoc',
  openssl: 'openssl',
  pg_dump: 'postgresql-client',
  pg_restore: 'postgresql-client',
  postgres: 'postgresql',
  promtool: 'prometheus',
  python3: 'python3',
  restic: 'restic',
  script: 'bsdutils',
  setcap: 'libcap2-bin',
  setfacl: 'acl',
  shellcheck: 'shellcheck',
  sha256sum: 'coreutils',
  strace: 'strace',
  'systemd-analyze': 'systemd',
  tar: 'tar',
  zsh: 'zsh',
  zstd: 'zstd',
} as const;
export type DebianTool = keyof typeof packages;
/** All that any test needs; restic and borg are peers of the bench alone. */
export const tools = (Object.keys(packages) as DebianTool[]).filter(
  (tool) => tool !== 'restic' && tool !== 'borg',
);

const isHere = (tool: DebianTool): boolean =>
  spawnSync('sh', ['-c', `command -v ${tool} || ls /usr/lib/postgresql/*/bin/${tool}`]).status === 0;

const install = (name: string): void => {
  const run = (...args: readonly string[]): void => {
    execFileSync('apt-get', args, {
      stdio: 'ignore',
      timeout: 600_000,
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    });
  };
  try {
    run('install', '-y', '--no-install-recommends', name);
  } catch {
    // The package lists of a fresh machine are often empty or old.
    run('update');
    run('install', '-y', '--no-install-recommends', name);
  }
};

/** Whether the tool is at hand, after an attempt to install it. Says it on standard error when it is not. */
export const requireTool = (tool: DebianTool): boolean => {
  if (isHere(tool)) return true;
  let why = 'not root, so it cannot be installed';
  if (process.getuid?.() === 0) {
    try {
      install(packages[tool]);
      if (isHere(tool)) return true;
      why = `the package ${packages[tool]} does not bring it`;
    } catch (error) {
      why = error instanceof Error ? error.message : String(error);
    }
  }
  process.stderr.write(`\nSKIPPED: tests that need "${tool}": ${why}\n`);
  return false;
};
