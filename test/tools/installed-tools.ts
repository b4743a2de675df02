/**
 * Debian's tools, which tests compare with Holdfast. A missing tool is installed when this process may do so
 * (root with apt-get); otherwise the tests that need it are skipped with a message.
 */
import { execFileSync, spawnSync } from 'node:child_process';

/** Each command with its package. */
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
/** All tools that tests need; only the bench uses restic and borg. */
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
    // On a new machine, the package lists are often empty or old.
    run('update');
    run('install', '-y', '--no-install-recommends', name);
  }
};

/**
 * Whether the tool is available, after an attempt to install it. If not, prints a message on standard error.
 */
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
