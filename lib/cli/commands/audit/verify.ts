import type { Command } from 'commander';
import { LONGEST_PAGE } from '../../../client/call.ts';
import * as audit from '../../../client/calls/audit.ts';
import * as keys from '../../../client/calls/keys.ts';
import { Failure, usageFailure } from '../../failure.ts';
import type { Session } from '../../session.ts';
import { countOf, formatCount } from '../../terminal/quantities.ts';
import { visible } from '../../terminal/visible-text.ts';

interface VerifyOptions {
  readonly file?: string;
  readonly verifyKey?: string;
}

interface Fault {
  readonly seq: number;
  readonly fault: string;
}

export const define = (command: Command, session: Session): void => {
  command
    .option('--file <file>', 'an exported trail, verified here; with --verify-key no server is needed')
    .option('--verify-key <key>', "with --file: the installation's verify key, as you noted it (base64)")
    .action(async ({ file, verifyKey }: VerifyOptions) => {
      if (file === undefined && verifyKey !== undefined)
        throw usageFailure('--verify-key goes with --file: the server verifies with its own key');
      if (file === undefined) await verifyThere(session);
      else await verifyFile(session, file, verifyKey);
    });
};

const verifyThere = async (session: Session): Promise<void> => {
  const client = await session.client();
  const faults: Fault[] = [];
  let [first, last, rows, seals] = [0, 0, 0, 0];
  for (let from: number | undefined; ; ) {
    const check = await client.ask(audit.check(from));
    first ||= check.count('from');
    last = check.count('to');
    rows += check.count('rows');
    seals += check.count('seals');
    faults.push(...check.list('faults').map((one) => ({ seq: one.count('seq'), fault: one.text('fault') })));
    if (!check.has('next')) break;
    from = check.count('next');
  }
  await tell(session, { from: first, to: last, rows, seals, faults });
};

const verifyFile = async (session: Session, file: string, given: string | undefined): Promise<void> => {
  const { checkExportedTrail } = await import('../../files/exported-trail.ts');
  const verifyKey = given ?? (await ownVerifyKey(session));
  await tell(session, await checkExportedTrail(file, verifyKey));
};

const ownVerifyKey = async (session: Session): Promise<string> => {
  const client = await session.client();
  const page = await client.ask(keys.listVerifyKeys({ limit: LONGEST_PAGE }));
  const own = page.list('resources').find((key) => key.flag('own'));
  if (own === undefined)
    throw new Failure('not_found', 'the server has no verify key of its own', {
      hint: 'Look at the log of the server for the reason; "holdfast verify-key list" shows the keys that it knows.',
    });
  return own.text('publicKey');
};

const tell = async (
  { output }: Session,
  { faults, ...found }: { from: number; to: number; rows: number; seals: number; faults: readonly Fault[] },
): Promise<void> => {
  const value = { valid: faults.length === 0, ...found, faults };
  if (faults.length === 0) {
    const signed =
      found.seals === 0
        ? ', and none of them is signed yet'
        : `, ${countOf(found.seals, 'signed end')} among them`;
    await output.result(value, () => [
      `The audit trail is complete and unchanged: rows ${formatCount(found.from)} to ${formatCount(found.to)}${signed}`,
    ]);
    return;
  }
  if (output.json) await output.result(value, () => []);
  throw new Failure('failed', 'the audit trail was changed after it was written', {
    lines: faults.map(({ seq, fault }) => `row ${seq} ${visible(fault)}`),
    hint: 'Do not change the data, and compare them with an earlier export or backup of the catalog.',
  });
};
