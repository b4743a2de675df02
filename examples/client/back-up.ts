/**
 * Makes a backup, waits for its end, and lists all backups of its label:
 * HOLDFAST_URL=https://holdfast.example.com HOLDFAST_TOKEN=... node back-up.ts
 */
import { backups, connect, Problem } from 'holdfast/client';

const { HOLDFAST_URL = '', HOLDFAST_TOKEN = '' } = process.env;
const label = 'before-upgrade';

const holdfast = connect(HOLDFAST_URL, { token: HOLDFAST_TOKEN });
try {
  const begun = await holdfast.ask(backups.create({ label }));
  const { id, state, shortError } = await holdfast.ended(begun, backups.show);
  console.log(`${id}: ${state} ${shortError}`.trim());
  if (state !== 'SUCCESS') process.exitCode = 1;
  for await (const backup of holdfast.every((paging) => backups.list({ ...paging, label })))
    console.log(`${backup.createdAt}  ${backup.archiveBytes} bytes`);
} catch (thrown) {
  if (!(thrown instanceof Problem)) throw thrown;
  console.error(`${thrown.code}: ${thrown.message}`);
  process.exitCode = 1;
}
