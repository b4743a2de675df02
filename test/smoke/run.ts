/**
 * `npm run smoke -- --profile NAME`: deploys an installation into an AWS account, runs one of everything,
 * reports differences from what the documents state, and destroys the installation. See docs/smoke.md.
 */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { runProgram } from '../aws-deploy/installation/run-program.ts';
import { smokeOutputs } from './app.ts';
import { smokeChecks } from './checks.ts';
import { clean } from './clean.ts';
import { smokePlan } from './plan.ts';
import type { Smoke } from './smoke.ts';
import { smokeOf } from './smoke-account.ts';

const HELP = `npm run smoke -- --profile NAME [options]

  --profile NAME  a profile of the AWS command line, of an account and region that are bootstrapped for the CDK
  --mail ADDRESS  verified in SES there: it is sent a mail, by itself
  --only CHECK    one check, and the backup that it may look at
  --keep          leave the stack where it is; it costs some dollars a month
  --dry-run       synthesize, and say what would be done; nothing is asked of AWS

Exit code 1 when anything differs from what it was to be.
`;
const { values } = parseArgs({
  options: {
    help: { type: 'boolean', short: 'h', default: false },
    profile: { type: 'string' },
    mail: { type: 'string' },
    only: { type: 'string' },
    keep: { type: 'boolean', default: false },
    'dry-run': { type: 'boolean', default: false },
  },
});
const { profile, mail, only } = values;

const root = fileURLToPath(new URL('../..', import.meta.url));
const id = `holdfast-smoke-${randomBytes(3).toString('hex')}`;
const say = (text: string): void => void process.stdout.write(`${text}\n`);

const env = {
  ...process.env,
  ...(profile !== undefined && { AWS_PROFILE: profile }),
  ...{ SMOKE_ID: id, AWS_SDK_LOAD_CONFIG: '1', CDK_DISABLE_VERSION_CHECK: '1' },
  ...(mail !== undefined && { SMOKE_MAIL: mail }),
};
const app = `node --disable-warning=ExperimentalWarning ${join(root, 'test/smoke/app.ts')}`;
const cdk = (...args: string[]): Promise<string> =>
  runProgram(process.execPath, [join(root, 'node_modules/aws-cdk/bin/cdk'), ...args, '--app', app], {
    cwd: root,
    env,
  });

const synthesized = async (folder: string): Promise<void> => {
  await runProgram(process.execPath, [join(root, 'bin/bundle-functions.ts')], { cwd: root, env });
  await cdk('synth', '--quiet', '--output', join(folder, 'cdk.out'));
};

/** @returns the number of checks with an unexpected result */
const check = async (outputsFile: string): Promise<number> => {
  const stacks: Record<string, Record<string, string>> = JSON.parse(readFileSync(outputsFile, 'utf8'));
  const outputs = Object.fromEntries(
    smokeOutputs.map((name) => {
      const value = stacks[id]?.[`Smoke${name}`];
      if (value === undefined) throw new Error(`the deployment has no output Smoke${name}`);
      return [name, value];
    }),
  ) as Record<(typeof smokeOutputs)[number], string>;
  const smoke = await smokeOf({ id, outputs, mail, env });
  try {
    return await runChecks(smoke);
  } finally {
    if (!values.keep) await clean(smoke);
  }
};

const runChecks = async (smoke: Smoke): Promise<number> => {
  let differ = 0;
  const chosen = smokeChecks.filter((one) => only === undefined || one.id === only || one.id === 'backup');
  for (const { id: name, shows, run } of chosen) {
    const begun = performance.now();
    const [word, found] = await run(smoke).then(
      (said) => ['ok', said] as const,
      (thrown: unknown) => ['DIFFERS', thrown instanceof Error ? thrown.message : String(thrown)] as const,
    );
    if (word !== 'ok') differ += 1;
    say(`${word}  ${name} (${Math.round((performance.now() - begun) / 1000)} s): ${found}`);
    if (word !== 'ok') say(`         it was to show: ${shows}`);
  }
  return differ;
};

const main = async (): Promise<number> => {
  if (values.help) {
    say(HELP);
    return 0;
  }
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-smoke-'));
  try {
    say(smokePlan({ id, account: profile === undefined ? 'no profile' : `the account of ${profile}` }));
    await synthesized(folder);
    if (values['dry-run']) {
      say('\nSynthesized. Nothing was deployed.');
      return 0;
    }
    if (profile === undefined) {
      process.stderr.write('name a profile by --profile, or say --dry-run\n');
      return 2;
    }
    const outputs = join(folder, 'outputs.json');
    try {
      await cdk('deploy', '--all', '--require-approval', 'never', '--outputs-file', outputs);
      const differ = await check(outputs);
      say(differ === 0 ? '\nAll is as it is claimed.' : `\n${differ} of the checks found something else.`);
      return differ === 0 ? 0 : 1;
    } finally {
      if (values.keep) say(`The stack ${id} stays: destroy it by "npx cdk destroy", or by the console.`);
      else await cdk('destroy', '--all', '--force');
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

process.exitCode = await main();
