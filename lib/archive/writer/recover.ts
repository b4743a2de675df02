/**
 * RECOVER.md: what this very archive is, and the commands that restore any archive with stock tools. The text comes
 * with the archive, so it can be trusted only as far as its maker: it says so itself, and `recoverScript` gives the
 * same commands from here.
 */
import type { Head } from '../format.ts';
import { recoverSteps } from './recover-steps.ts';

export interface RecoverComponent {
  readonly id: string;
  readonly kind: string;
  readonly layout: 'tar' | 'stream';
  /** The name of the one file that a component of layout `stream` gives. */
  readonly stream?: string;
}

export interface RecoverFacts {
  /** The components that the archive will hold. */
  readonly components: readonly RecoverComponent[];
  /** For an archive tied to a key service: a command that turns `key.kms` into `archive.identity`, if there is one. */
  readonly keyServiceCommand?: string;
}

/** People copy commands from this document, so free text is shown with harmless characters only. */
const shown = (text: string): string => text.replace(/[^\w .:@+/-]/g, '?');

/** The text of RECOVER.md: its blocks marked `bash`, joined in order, are the script. */
export const recoverText = (head: Head, facts: RecoverFacts): string =>
  [
    introduction(head),
    variables,
    keyService(facts.keyServiceCommand),
    ...recoverSteps.map(
      ({ title, text, commands }, index) =>
        `## ${index + 1}. ${title}\n\n${text}\n\n\`\`\`bash\n${commands}\n\`\`\``,
    ),
    components(facts.components),
    postgres(facts.components.filter(({ kind, layout }) => kind === 'postgres' && layout === 'stream')),
  ]
    .filter((part) => part !== undefined)
    .join('\n\n')
    .concat('\n');

const introduction = (head: Head): string => `# How to restore this archive without Holdfast

Backup \`${shown(head.backupId)}\` of the installation \`${shown(head.installation)}\`, begun ${shown(head.createdAt)},
made by Holdfast ${shown(head.productVersion)}. The archive is a plain tar. What is secret in it is compressed by
[zstd](https://facebook.github.io/zstd/) and encrypted by [age](https://age-encryption.org); \`manifest.json\` lists
every member with its SHA-256, and \`manifest.sig\` is its Ed25519 signature.

**Whoever made this archive also wrote this text.** Where you are not sure of them, take the same commands from
Holdfast: \`holdfast recover-script\` prints them, for every archive of format 1, and they lie in its source and its
package as \`docs/recover.sh\`.

You need \`bash\`, ${ageFor(head)},
\`zstd\`, \`openssl\` 3, and GNU's \`tar\`, coreutils, diffutils, findutils, \`grep\` and \`sed\`. The disk needs room for a
copy of the archive and for all that it holds.`;

const ageFor = ({ archiveKey }: Head): string =>
  archiveKey.startsWith('age1pq1')
    ? '`age` 1.3 or later (this archive has a post-quantum key)'
    : '`age` (1.3 or later if the archive was sealed anew to a post-quantum key)';

const variables = `Run all of the steps in one \`bash\`, in a folder where all is to land, after these lines with your own paths:

\`\`\`
export ARCHIVE=/path/to/this/archive
export KEY=/path/to/the/backup-key-file
export VERIFY_KEY=what-verify-key-show-prints-there
\`\`\`

- \`KEY\` is the file that \`holdfast key download\` gave; \`age\` asks for the password it was downloaded under. Leave it
  unset when the archive was made under a passphrase: \`age\` asks for it.
- \`VERIFY_KEY\` is what the installation that made the archive signs with; \`holdfast verify-key show\` prints it there.
  Leave it unset when that installation's own key file is \`KEY\`: it is in there. With neither, step 2 shows the one
  that the archive has, and stops.`;

const keyService = (command: string | undefined): string | undefined =>
  command === undefined
    ? undefined
    : `Where step 4 stops for the key service: whoever may use that one runs this, and starts again.

\`\`\`
${command} > archive.identity
\`\`\``;

const components = (all: readonly RecoverComponent[]): string | undefined =>
  all.length === 0
    ? undefined
    : `What this archive was begun for:

${all.map(({ id, kind, layout, stream }) => `- \`restored/${id}${layout === 'stream' ? `/${stream ?? 'stream'}` : ''}\` (${shown(kind)})`).join('\n')}`;

const postgres = (databases: readonly RecoverComponent[]): string | undefined =>
  databases.length === 0
    ? undefined
    : `A PostgreSQL dump is of pg_dump's custom format. Lay it into an empty database with a \`pg_restore\` that is not older
than the \`pg_dump\` (\`pg_restore --list FILE\` says which that was), with a name of your own for NAME:

\`\`\`
${databases.map(({ id, stream }) => `createdb NAME && pg_restore --exit-on-error --no-owner --dbname NAME restored/${id}/${stream ?? 'stream'}`).join('\n')}
\`\`\`

Where that stops at an error, this goes on past errors, into another empty database: rows and all else come, and
NAME.errors names each object that did not, and why. Look through it before anybody uses the database:

\`\`\`
${databases
  .map(({ id, stream }) =>
    [
      'createdb NAME',
      `pg_restore --verbose --no-owner --dbname NAME restored/${id}/${stream ?? 'stream'} 2> NAME.log`,
      "grep -A 2 'from TOC entry' NAME.log > NAME.errors",
    ].join('\n'),
  )
  .join('\n')}
\`\`\`

All of it then belongs to you, and functions that ran with the rights of their owner run with yours: use a role of no
more rights than the application has, and not a superuser.`;

/** The steps as one script for `bash`: for every archive of format 1, whatever its own RECOVER.md says. */
export const recoverScript = (): string =>
  [
    `#!/usr/bin/env bash\n${commented(scriptIntroduction)}`,
    ...recoverSteps.map(
      ({ title, text, commands }, index) => `${commented(`${index + 1}. ${title}\n\n${text}`)}\n${commands}`,
    ),
    commented(afterwards),
  ]
    .join('\n\n')
    .concat('\n');

const commented = (text: string): string =>
  text.replaceAll('`', '').replace(/^/gm, '# ').replace(/ +$/gm, '');

const scriptIntroduction = `Restores an archive of Holdfast (format 1, of any version) without Holdfast: into a new folder "restored" here.

export ARCHIVE=/path/to/the/archive
export KEY=/path/to/the/backup-key-file
export VERIFY_KEY=what-verify-key-show-prints-there
bash recover.sh

KEY is the file that "holdfast key download" gave; age asks for the password it was downloaded under. Leave it unset
for an archive under a passphrase. VERIFY_KEY is what the installation that made the archive signs with; "holdfast
verify-key show" prints it there. Leave it unset when that installation's own key file is KEY: it is in there. With
neither, the script shows the one that the archive has, and stops.

It needs bash, age (1.3 or later for post-quantum keys), zstd, openssl 3, and GNU's tar, coreutils, diffutils,
findutils, grep and sed; the disk needs room for a copy of the archive and for all that it holds.

This text came with Holdfast. The RECOVER.md in an archive came with the archive: it is worth what its maker is worth.`;

const afterwards = `A PostgreSQL dump (restored/.../database.dump) is laid into an empty database by
createdb NAME && pg_restore --exit-on-error --no-owner --dbname NAME restored/.../database.dump
and where that stops at an error, past errors, into another empty database, with NAME.errors naming what did not come:
createdb NAME; pg_restore --verbose --no-owner --dbname NAME restored/.../database.dump 2> NAME.log
grep -A 2 'from TOC entry' NAME.log > NAME.errors
Functions that ran with the rights of their owner run with yours then: do not use a superuser.`;
