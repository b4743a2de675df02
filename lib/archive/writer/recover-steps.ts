/**
 * The commands that restore any archive of format 1 with stock tools: one bash script, in steps. They are in each
 * archive's RECOVER.md and in `docs/recover.sh`, and `holdfast recover-script` prints them. Tests run them exactly.
 *
 * The archive is a stranger's until its signature fits a verify key that the person knows. So nothing is unpacked: the
 * script takes the last 2,048 bytes, checks the signature, and cuts the members out by the sizes of the signed
 * manifest, under names that fit one pattern, into a folder that it made itself. It never acts on what a tar header
 * says (a link, a pipe, another name), and any byte that the manifest does not name ends it.
 */

export interface RecoverStep {
  readonly title: string;
  /** The reason, for people: a paragraph of RECOVER.md, or a comment of the script. */
  readonly text: string;
  readonly commands: string;
}

/** Commands as they are here, except that `\${` is `${` in bash. */
const bash = ({ raw }: TemplateStringsArray): string => raw.join('').trim().replaceAll('\\${', '${');

const prepare: RecoverStep = {
  title: 'Prepare',
  text: `All scratch files lie in a new folder, which is removed at the end, however that comes about.`,
  commands: bash`
set -euo pipefail
umask 077
export LC_ALL=C
unset TAR_OPTIONS
stop() { echo "Stopped: $*" >&2; exit 1; }
for tool in age cmp find grep openssl sed sha256sum tar xargs zstd; do
  type -P "$tool" > /dev/null || stop "install $tool first"
done
for tool in cmp find grep sed tar xargs; do
  [[ $("$tool" --version 2>&1) = *GNU* ]] || stop "install GNU's $tool first: this is another one"
done
[[ $(openssl version) = "OpenSSL "[3-9]* ]] || stop "install openssl 3 first: this is $(openssl version)"
[ -f "\${ARCHIVE-}" ] || stop "export ARCHIVE: the path of the archive, a file"
[ ! -v KEY ] || [ -f "$KEY" ] || stop "KEY is to be the path of a file; for an archive under a passphrase: unset KEY"
[ ! -e restored ] && [ ! -L restored ] || stop "restored is here already: go to another folder"
archive=$(realpath -- "$ARCHIVE")
[ ! -v KEY ] || KEY=$(realpath -- "$KEY")
here=$PWD
work=$(mktemp -d "$here/recover.XXXXXXXX")
finish() { code=$?; rm -rf "$work"; [ "$code" = 0 ] || echo "NOT RECOVERED: what restored holds, if anything, is not whole" >&2; }
trap finish EXIT
cd "$work"
export TMPDIR=$work
cut_out() { dd if="$archive" bs=1M iflag=skip_bytes,count_bytes,fullblock skip="$1" count="$2" status=none; }`,
};

const checkSignature: RecoverStep = {
  title: 'Check who made it',
  text: `The last 2,048 bytes hold \`manifest.sig\`: one line of a known form. Its verify key has to be the one that you know;
its signature has to be by that key, and \`manifest.json\` has to be what was signed.`,
  commands: bash`
bytes=$(stat -c %s "$archive")
[ "$bytes" -ge 4096 ] && [ $((bytes % 512)) = 0 ] || stop "no archive has $bytes bytes: it was cut, or added to"
IFS= read -r signed < <(cut_out $((bytes - 1536)) 512) || true
form='^(\{"format":1,"algorithm":"Ed25519","verifyKey":"([A-Za-z0-9+/]{43}=)","manifestBytes":(0|[1-9][0-9]{0,8}),'
form+='"manifestSha256":"([0-9a-f]{64})"),"signature":"([A-Za-z0-9+/]{86}==)"\}$'
[[ $signed =~ $form ]] ||
  stop "it does not end as an archive of format 1 does: it was cut or added to, is of a later format, or no archive"
statement="\${BASH_REMATCH[1]}}" verify_key=\${BASH_REMATCH[2]} size=\${BASH_REMATCH[3]}
sha256=\${BASH_REMATCH[4]} signature=\${BASH_REMATCH[5]}
echo "Its verify key: $verify_key"
expected=\${VERIFY_KEY-}
[ -n "$expected" ] || [ ! -v KEY ] || expected=$(sed -n 's/^{.*"verifyKey":"\([^"]*\)".*/\1/p' "$KEY")
[[ " $expected " = *" $verify_key "* ]] ||
  stop "neither VERIFY_KEY nor the key file names this verify key: somebody else may have made this archive, so do not believe it." \
    "But if you know this as the verify key of the installation that made it: export VERIFY_KEY=$verify_key"
echo "$statement" > statement
base64 -d <<< "$signature" > signature
{ printf '\060\052\060\005\006\003\053\145\160\003\041\000'; base64 -d <<< "$verify_key"; } > verify.der
openssl pkeyutl -verify -rawin -in statement -sigfile signature -pubin -keyform DER -inkey verify.der ||
  stop "the signature is not by this verify key: the archive was changed, so believe nothing in it"
manifest_at=$((bytes - 2560 - (size + 511) / 512 * 512))
[ "$manifest_at" -ge 0 ] && [ "$size" -le $((1 << 28)) ] || stop "the manifest does not fit in it: the archive was cut"
mkdir members
cut_out $((manifest_at + 512)) "$size" > members/manifest.json
echo "$signed" > members/manifest.sig
[ "$(sha256sum < members/manifest.json)" = "$sha256  -" ] ||
  stop "manifest.json is not the one that was signed: the archive was changed"`,
};

const readManifest: RecoverStep = {
  title: 'List what it holds',
  text: `The manifest's brackets become line ends, so that each member is a line. \`list\` gets them: name, place in the archive,
size, SHA-256, size when opened. Only the names of format 1 are taken, in its order, each once.`,
  commands: bash`
tr '{}[]' '\n' < members/manifest.json > lines
[ "$(grep -axm 1 -A 1 ',"features":' lines)" = ',"features":' ] || stop "it needs a later version of these commands"
created=$(head -c 8192 lines | grep -aom 1 '"createdAt":"[^"]*"' | head -n 1 | cut -d '"' -f 4) || true
[[ $created =~ ^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{5,20}(Z|[+-][0-9]{2}:[0-9]{2})$ ]] || stop "its manifest has no time"
member='^"name":"([^" ]+)","size":(0|[1-9][0-9]{0,9}),"sha256":"([0-9a-f]{64})"(,"plainBytes":(0|[1-9][0-9]{0,9})'
member+='(,"entries":[0-9]+,"firstSegment":[0-9]+,"lastSegment":[0-9]+)?)?$'
tac lines | sed '/"members":$/Q' | tac | sed -E -e '/^,?$/d' -e "s/$member/\1 \2 \3 \5/" -e t -e Q1 > found ||
  stop "its manifest lists a member in a form that format 1 does not have"
at=0
while read -r name size sha256 plain; do
  echo "$name $((at + 512)) $size $sha256 $plain"
  at=$((at + 512 + (size + 511) / 512 * 512))
  [ "$at" -le "$manifest_at" ] || stop "it is shorter than its manifest says: it was cut"
done < found > list
[ "$at" -eq "$manifest_at" ] || stop "it is longer than its manifest says: something was added"
cut -d ' ' -f 1 list > names
id='[a-z0-9][a-z0-9_-]{0,62}' number='([0-9]{8}|[1-9][0-9]{8,15})'
segment="(components/$id/$number\.[a-z0-9][a-z0-9._-]{0,40}|contents/$id/$number\.jsonl)\.zst\.age"
tr '\n' ' ' < names | grep -qxE "holdfast\.json RECOVER\.md ($segment )*(backup\.log\.age )?key\.(age|kms) " ||
  stop "its manifest lists members that format 1 does not have, or in another order"
sed -n '/\//p' names | sort -s -t / -k 1,2 | sort -cu -t / -k 1,2 -k 3,3n ||
  stop "its manifest lists segments that do not ascend"`,
};

const openKey: RecoverStep = {
  title: "Open the archive's key",
  text: `\`age\` asks for a password or a passphrase where there is one. A Holdfast key file says inside of itself what its clear
lines said when it was made; that counts where its verify key was believed. An archive with \`key.kms\` in place of
\`key.age\` is tied to the key service of its installation: only that one can turn \`key.kms\` into \`archive.identity\`.
That file is removed once all is recovered.`,
  commands: bash`
read -r name at size sha256 < <(tail -n 1 list)
[ "$size" -le $((1 << 20)) ] || stop "$name is larger than format 1 allows"
cut_out "$at" "$size" > key
[ "$(sha256sum < key)" = "$sha256  -" ] || stop "$name is not what was signed: the archive was changed"
if [ "$name" = key.kms ]; then
  if [ ! -f "$here/archive.identity" ]; then
    [ -e "$here/key.kms" ] || mv -T key "$here/key.kms"
    stop "key.kms lies here now: have the installation's key service open it into archive.identity, here; then start again"
  fi
  cat "$here/archive.identity"
elif [ ! -v KEY ]; then
  age -d key
elif grep -aq '^{' "$KEY"; then
  age -d <(grep -a '^[^#{]' "$KEY") > unlocked
  facts=$(sed -n 's/^\({.*\),"checksum":"[0-9a-f]*"}$/\1}/p' "$KEY" | tr -d '\n' | sha256sum | cut -c -64)
  [ -n "\${VERIFY_KEY-}" ] || grep -qx "# facts: $facts" unlocked ||
    stop "the clear lines of KEY were changed since it was made: do not believe the verify key in it"
  age -d -i unlocked key
else
  age -d -i "$KEY" key
fi > opened
grep -xE 'AGE-SECRET[-]KEY-(PQ-)?1[A-Z0-9]+' opened > identity || stop "what $name holds is no key of an archive"`,
};

const checkMembers: RecoverStep = {
  title: 'Check every byte',
  text: `The members are cut out, and each is compared with its SHA-256. Then a tar is made anew of them: the archive has to be
the same to the last byte, so that there is nothing in it that was not signed.`,
  commands: bash`
sed -n 's#/[^/]*$##p' names | sort -u | (cd members && xargs -r mkdir -p)
while read -r name at size _; do cut_out "$at" "$size" > "members/$name"; done < list
(cd members && sed -E 's/^([^ ]+) [^ ]+ [^ ]+ ([^ ]+).*/\2  \1/' ../list | sha256sum --check --strict --quiet) ||
  stop "a member is not what was signed: the archive was damaged or changed"
printf '%s\n' manifest.json manifest.sig >> names
tar -C members --format=ustar --blocking-factor=1 --owner=0 --group=0 --numeric-owner --mode=0644 \
  --mtime="$created" -cf - -T names | cmp - "$archive" || stop "the tar around the members was changed"
echo "Every byte of the archive is one that was signed"`,
};

const restore: RecoverStep = {
  title: 'Restore',
  text: `Each component gets a folder below \`restored\`; run this as root to get the owners back. Nobody else can enter
\`restored\`, so what is setuid in it harms nobody before you have looked at it. Contents come as one JSON object a line.
What \`tar\` complains of is shown, and ends the script.`,
  commands: bash`
plain() {
  while read -r name _ _ _ size; do
    [ -n "$size" ] && [ "$size" -le $((1 << 30)) ] || stop "$name is larger than format 1 allows"
    age -d -i identity "members/$name" | zstd -dc | head -c $((size + 1)) > plain ||
      stop "$name cannot be opened, or holds more than it should"
    [ "$(stat -c %s plain)" = "$size" ] || stop "$name does not hold the $size bytes that it should"
    cat plain
    rm "members/$name"
  done < <(grep "^$1/" list)
}
mkdir "$here/restored"
sed -nE 's#^components/([^/]+)/[0-9]+\.([^ ]+)\.zst\.age .*#\1 \2#p' list | sort -u > components
while read -r id stream; do
  echo "Restoring $id"
  target=$here/restored/$id
  mkdir "$target" || stop "$id is listed with two layouts"
  if [ "$stream" != tar ]; then plain "components/$id" > "$target/$stream"; continue; fi
  plain "components/$id" | tar -C "$target" --numeric-owner --ignore-zeros --delay-directory-restore \
    --warning=no-timestamp --warning=no-unknown-keyword -xpf - 2> said || echo "tar failed" >> said
  find "$target" ! -type f ! -type d ! -type l -print -delete 2> /dev/null | cat -v > odd || true
  [ ! -s said ] || { cat -v said >&2; stop "the tar of $id cannot be restored as it is"; }
  [ ! -s odd ] || { cat odd >&2; stop "$id held devices or pipes, which are removed: no backup of Holdfast has any"; }
done < components
for id in $(sed -nE 's#^contents/([^/]+)/.*#\1#p' names | sort -u); do
  plain "contents/$id" > "$here/restored/$id.contents.jsonl"
done
[ ! -f members/backup.log.age ] || age -d -i identity -o "$here/restored/backup.log" members/backup.log.age
[ ! -f members/key.kms ] || rm -f "$here/archive.identity"
setuid=$(find "$here/restored" -type f -perm /6000 2> /dev/null | wc -l) || true
cd "$here"
[ "$setuid" = 0 ] || echo "Files that are setuid or setgid: $setuid; to see them: find restored -type f -perm /6000"
echo "Recovered: all that the archive holds is in $here/restored"`,
};

export const recoverSteps: readonly RecoverStep[] = [
  prepare,
  checkSignature,
  readManifest,
  openKey,
  checkMembers,
  restore,
];
