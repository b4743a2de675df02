/**
 * RECOVER.md: how to restore this very archive with stock tools. A test follows it to the letter, so every block of
 * commands is one step of one bash script, and what a person has to fill in stands in two variables.
 */
import type { Head } from '../format.ts';

export interface RecoverComponent {
  readonly id: string;
  readonly kind: string;
  readonly layout: 'tar' | 'stream';
  /** The name of the one file that a component of layout `stream` gives. */
  readonly stream?: string;
}

export interface RecoverFacts {
  /** Those that the archive is going to hold. */
  readonly components: readonly RecoverComponent[];
  /** For an archive tied to a key service: a command that turns `key.kms` into `archive.identity`, where there is one. */
  readonly keyServiceCommand?: string;
}

/** Free text stands in a document that people copy commands from: only harmless characters of it are shown. */
const shown = (text: string): string => text.replace(/[^\w .:@+/-]/g, '?');

const bash = (...lines: readonly string[]): string => ['```bash', ...lines, '```'].join('\n');

export const recoverText = (head: Head, facts: RecoverFacts): string =>
  [
    introduction(head),
    unpack,
    checkSignature,
    openKey(facts.keyServiceCommand),
    '## 4. Restore the components\n\nEach is laid in a folder of its own below `restored`. Run this as root to get the owners back.',
    ...facts.components.map(component),
    postgres(facts.components.filter(({ kind, layout }) => kind === 'postgres' && layout === 'stream')),
    listContents,
    cleanUp,
  ]
    .filter((part) => part !== undefined)
    .join('\n\n')
    .concat('\n');

const introduction = (head: Head): string => `# How to restore this archive without Holdfast

Backup \`${shown(head.backupId)}\` of the installation \`${shown(head.installation)}\`, begun ${head.createdAt},
made by Holdfast ${shown(head.productVersion)}. The archive is a plain tar. What is secret in it is compressed by
[zstd](https://facebook.github.io/zstd/) and encrypted by [age](https://age-encryption.org); \`manifest.json\` lists
every member with its SHA-256, and \`manifest.sig\` is its Ed25519 signature.

You need \`bash\`, GNU \`tar\`, ${ageFor(head)}, \`zstd\`, \`openssl\` 3 and the coreutils; ${free}.

Run all of the steps in one \`bash\`, after these two lines with your own paths:

\`\`\`
export ARCHIVE=/path/to/this/archive
export KEY=/path/to/the/backup-key-file
\`\`\`

\`KEY\` is the file that \`holdfast key download\` gave; \`age\` asks for the password it was downloaded under. Leave \`KEY\`
unset when the archive was made under a passphrase: \`age\` asks for it.`;

const ageFor = ({ archiveKey }: Head): string =>
  archiveKey.startsWith('age1pq1')
    ? '`age` 1.3 or later (this archive has a post-quantum key)'
    : '`age` (1.3 or later if the archive was sealed anew to a post-quantum key)';

const free = 'the disk\nneeds room for a copy of the archive and for all that it holds';

const unpack = `## 1. Unpack

The members land in the folder you are in: begin in an empty one.

${bash('set -euo pipefail', 'umask 077', 'tar -xf "$ARCHIVE"')}`;

const checkSignature = `## 2. Check that nothing was changed

Compare the printed verify key with the one that you know the installation by: it stands in the file of the backup key,
and \`holdfast verify-key show\` prints it there. Only then does "Verified" mean that this installation made the archive. The hashes
that follow are those of the signed manifest; the last two lines find what was added, in the archive or in the folders.

${bash(
  `sed 's/.*"verifyKey":"\\([^"]*\\)".*/\\1/' manifest.sig | tee verify.key`,
  `sed 's/.*"signature":"\\([^"]*\\)".*/\\1/' manifest.sig | base64 -d > signature.bin`,
  `{ printf '\\060\\052\\060\\005\\006\\003\\053\\145\\160\\003\\041\\000'; base64 -d verify.key; } > verify.der`,
  `sed 's/,"signature":"[^"]*"//' manifest.sig > statement`,
  'openssl pkeyutl -verify -rawin -in statement -sigfile signature.bin -pubin -keyform DER -inkey verify.der',
  `echo "$(sed 's/.*"manifestSha256":"\\([^"]*\\)".*/\\1/' manifest.sig)  manifest.json" | sha256sum --check --strict --quiet`,
  `sed 's/.*"members":\\[//' manifest.json |`,
  `  grep -o '"name":"[^"]*","size":[0-9]*,"sha256":"[0-9a-f]*"' |`,
  `  sed 's/"name":"\\([^"]*\\)".*"sha256":"\\([0-9a-f]*\\)"/\\2  \\1/' > members.sha256`,
  'sha256sum --check --strict --quiet members.sha256',
  `diff <(cut -c67- members.sha256; echo manifest.json; echo manifest.sig) <(tar -tf "$ARCHIVE")`,
  `diff <(sed -n 's#^[0-9a-f]*  \\(.*/.*\\)#./\\1#p' members.sha256 | sort) <(find . -mindepth 2 ! -type d | sort)`,
)}`;

const openKey = (keyServiceCommand: string | undefined): string => `## 3. Open the archive's key

${
  keyServiceCommand === undefined
    ? 'An archive with `key.kms` in place of `key.age` is tied to the key service of its installation: only that one can turn `key.kms` into `archive.identity`.'
    : 'An archive with `key.kms` in place of `key.age` is tied to the key service of its installation: whoever may use that one opens it.'
}

${bash(
  'if [ -f key.kms ]; then',
  keyServiceCommand === undefined
    ? '  [ -s archive.identity ] || { echo "open key.kms with its key service, into archive.identity" >&2; exit 1; }'
    : `  ${keyServiceCommand} > archive.identity`,
  'elif [ -v KEY ]; then',
  // A key file's own lines begin with # and {; of a plain identity file only comments do.
  `  age -d -i <(grep '^[^#{]' "$KEY") -o archive.identity key.age`,
  'else',
  '  age -d -o archive.identity key.age',
  'fi',
)}`;

/** The names begin with the number; sorted by it the segments are in order however many they are. */
const joined = (folder: string): string =>
  `for f in $(ls ${folder} | sort -n); do age -d -i archive.identity ${folder}/"$f" | zstd -dc; done`;

const component = ({ id, kind, layout, stream }: RecoverComponent): string => {
  const target = `restored/${id}`;
  const heading = `### ${id} (${shown(kind)})`;
  const segments = joined(`components/${id}`);
  return layout === 'tar'
    ? `${heading}\n\nIts segments, joined, are one tar.\n\n${bash(
        `mkdir -p ${target}`,
        `if [ -d components/${id} ]; then ${segments} | tar -C ${target} --numeric-owner --ignore-zeros -xpf -; fi`,
      )}`
    : `${heading}\n\nIts segments, joined, are one file.\n\n${bash(
        `mkdir -p ${target}`,
        `if [ -d components/${id} ]; then ${segments} > ${target}/${stream ?? 'stream'}; fi`,
      )}`;
};

const postgres = (databases: readonly RecoverComponent[]): string | undefined =>
  databases.length === 0
    ? undefined
    : `A PostgreSQL dump is of pg_dump's custom format. Lay it into an empty database with a \`pg_restore\` that is not older
than the \`pg_dump\` (\`pg_restore --list FILE\` says which that was), with a name of your own for NAME:

\`\`\`
${databases.map(({ id, stream }) => `createdb NAME && pg_restore --exit-on-error --no-owner --dbname NAME restored/${id}/${stream ?? 'stream'}`).join('\n')}
\`\`\``;

const listContents = `## 5. See what is in it

One JSON object a line for each entry: path, size, mode, time, SHA-256, and the segment where it begins.

${bash(
  'if [ -d contents ]; then',
  '  for c in $(ls contents); do',
  `    for f in $(ls contents/"$c" | sort -n); do age -d -i archive.identity contents/"$c"/"$f" | zstd -dc; done > restored/"$c".contents.jsonl`,
  '  done',
  'fi',
  'if [ -f backup.log.age ]; then age -d -i archive.identity -o restored/backup.log backup.log.age; fi',
)}`;

const cleanUp = `## 6. Clean up

\`archive.identity\` opens this archive for whoever has it.

${bash('rm -f archive.identity')}`;
