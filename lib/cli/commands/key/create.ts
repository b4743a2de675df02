import { type Command, Option } from 'commander';
import * as keys from '../../../client/calls/keys.ts';
import { shellWord } from '../../../model/text/shell-word.ts';
import { keyReport } from '../../reports/key-report.ts';
import type { Session } from '../../session.ts';

interface CreateOptions {
  readonly scope?: 'system' | 'domain';
  readonly domain?: string;
  readonly default?: true;
  readonly postQuantum?: true;
}

export const define = (command: Command, session: Session): void => {
  command
    .addOption(
      new Option('--scope <scope>', 'the scope of the backups (default: system)').choices([
        'system',
        'domain',
      ]),
    )
    .option('--domain <domain>', 'with --scope domain: the domain (default: root)')
    .option('--default', 'backups of its scope that name no key use it from now on')
    .option(
      '--post-quantum',
      'hybrid ML-KEM-768 with X25519; opening its archives by hand needs age 1.3 or later',
    )
    .action(async ({ scope, domain, default: isDefault, postQuantum }: CreateOptions) => {
      const client = await session.client();
      const key = await client.ask(
        keys.create({
          ...(scope === undefined ? {} : { scope }),
          ...(domain === undefined ? {} : { domain }),
          ...(isDefault === undefined ? {} : { default: true }),
          ...(postQuantum === undefined ? {} : { postQuantum: true }),
        }),
      );
      await session.output.result(key.raw, () => keyReport(key));
      session.output.note(
        `Keep a copy of it elsewhere: holdfast key download ${shellWord(key.text('id'))} --file ${shellWord(`${key.text('id')}.key`)}`,
      );
    });
};
