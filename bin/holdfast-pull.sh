#!/bin/sh
# Makes a backup of a Holdfast installation, fetches it, checks it, and keeps the newest few. For cron and timers:
# needs a POSIX shell, curl, and sha256sum, shasum or openssl.
#
#   holdfast-pull.sh --url URL --token-file FILE --to FOLDER [--label LABEL] [--keep N] [--backup-token-file FILE]
#                    [--component ID]... [--wait SECONDS] [--attempts N] [--ca-file FILE]
#
# Prints the file's path. Ends with 0 done, 1 failed, 2 usage, 3 a PARTIAL backup that was fetched, 4 not found,
# 5 refused, 11 another operation runs. It may be started again after any end: it goes on with what is there.
set -eu
umask 077
LC_ALL=C
export LC_ALL

say() { printf '%s\n' "holdfast-pull: $*" >&2; }
die() {
  code=$1
  shift
  say "$*"
  exit "$code"
}
usage() { die 2 "$*; see the first lines of $0, or docs/pull.md"; }

url='' token_file='' backup_token_file='' to='' label=pull keep=7 wait=86400 attempts=20 ca_file='' components=''
while [ $# -gt 0 ]; do
  case $1 in
    --url | --token-file | --backup-token-file | --to | --label | --keep | --component | --wait | --attempts | --ca-file)
      [ $# -ge 2 ] || usage "$1 wants a value"
      ;;
  esac
  case $1 in
    --url) url=${2%/} ;;
    --token-file) token_file=$2 ;;
    --backup-token-file) backup_token_file=$2 ;;
    --to) to=$2 ;;
    --label) label=$2 ;;
    --keep) keep=$2 ;;
    --wait) wait=$2 ;;
    --attempts) attempts=$2 ;;
    --ca-file) ca_file=$2 ;;
    --component)
      case $2 in '' | *[!A-Za-z0-9_.-]*) usage "--component: \"$2\" is no component id" ;; esac
      components="$components${components:+,}\"$2\""
      ;;
    *) usage "\"$1\" is not known" ;;
  esac
  shift 2
done
[ -n "$url" ] || usage '--url is missing'
[ -n "$token_file" ] || usage '--token-file is missing'
[ -n "$to" ] || usage '--to is missing'
case $url in
  https://*) ;;
  http://localhost | http://localhost:* | http://127.0.0.1 | http://127.0.0.1:* | 'http://[::1]' | 'http://[::1]:'*) ;;
  *) usage '--url wants https://, since the token goes there' ;;
esac
case $url in *[!A-Za-z0-9:/._~%@\[\]-]*) usage '--url holds characters that no address has' ;; esac
case $label in '' | *[!A-Za-z0-9_.-]*) usage '--label: 3 to 25 of A-Z a-z 0-9 _ . -' ;; esac
for number in "$keep" "$wait" "$attempts"; do
  case $number in '' | *[!0-9]* | ??????????*) usage "\"$number\" is not a whole number" ;; esac
done
[ "$keep" -ge 1 ] || usage '--keep wants at least 1'
[ "$attempts" -ge 1 ] || usage '--attempts wants at least 1'

# A secret is a line of printable ASCII: nothing in it can end the quotes of curl's configuration.
secret_of() {
  [ -r "$1" ] || die 2 "the file $1 cannot be read"
  secret=''
  IFS= read -r secret <"$1" || [ -n "$secret" ] || die 2 "the file $1 is empty"
  case $secret in '' | *[!!-~]* | *[\"\\]*) die 2 "the first line of $1 is no token" ;; esac
}
secret_of "$token_file"
token=$secret
backup_token=''
if [ -n "$backup_token_file" ]; then
  secret_of "$backup_token_file"
  backup_token=$secret
fi

[ -d "$to" ] || die 2 "$to is not a folder; make it first"
command -v curl >/dev/null || die 1 'curl is not installed'
if command -v sha256sum >/dev/null; then
  sum_of() { sha256sum <"$1"; }
elif command -v shasum >/dev/null; then
  sum_of() { shasum -a 256 <"$1"; }
elif command -v openssl >/dev/null; then
  sum_of() { openssl dgst -sha256 -r <"$1"; }
else
  die 1 'none of sha256sum, shasum and openssl is installed'
fi

work="$to/.holdfast-pull.$label"
# One at a time in a folder. The number of a process that is gone is no hindrance.
take() { (set -C && printf '%s\n' $$ >"$work/pid") 2>/dev/null; }
[ -d "$work" ] || mkdir "$work" 2>/dev/null || [ -d "$work" ] || die 1 "$to cannot be written to"
if ! take; then
  other=''
  [ ! -f "$work/pid" ] || other=$(cat "$work/pid" 2>/dev/null) || :
  case $other in
    '' | *[!0-9]*) ;;
    *) if kill -0 "$other" 2>/dev/null; then die 11 "process $other pulls into $to already"; fi ;;
  esac
  mv "$work/pid" "$work/pid.$$" 2>/dev/null || :
  rm -f "$work/pid.$$"
  take || die 11 "another process pulls into $to, or $to cannot be written to"
fi
trap 'rm -f "$work/pid" "$work/answer" "$work/headers"' EXIT
trap 'exit 1' HUP INT TERM

# The token goes to curl by its standard input: no list of processes shows it.
api() { # METHOD PATH [curl arguments]
  method=$1 path=$2
  shift 2
  {
    printf 'header = "Authorization: Bearer %s"\n' "$token"
    [ -z "$backup_token" ] || printf 'header = "Holdfast-Backup-Token: %s"\n' "$backup_token"
  } | curl --config - --silent --show-error --globoff --request "$method" --url "$url$path" \
    ${ca_file:+--cacert "$ca_file"} --proto '=https,http' --connect-timeout 20 "$@"
}
# Status in $status, answer in $work/answer. Silence and 5xx are tried again.
ask() {
  tries=0
  while :; do
    tries=$((tries + 1))
    status=$(api "$@" --max-time 120 --output "$work/answer" --write-out '%{http_code}') || status=000
    case $status in
      000 | 429 | 5??)
        [ "$tries" -lt "$attempts" ] || return 0
        sleep "$((tries < 10 ? tries : 10))"
        ;;
      *) return 0 ;;
    esac
  done
}
# A text or number of the answer by its name, at the top level alone: what is within it may have the same names.
field() {
  awk -v want="$1" '
    { text = text $0 "\n" }
    END {
      length_of = length(text)
      for (i = 1; i <= length_of; i++) {
        c = substr(text, i, 1)
        if (quoted) {
          if (c == "\\") { i++; c = substr(text, i, 1); word = word (c ~ /["\\\/]/ ? c : " ") }
          else if (c != "\"") word = word c
          else {
            quoted = 0
            if (depth == 1 && !after) key = word
            else if (depth == 1 && key == want) { print word; exit }
          }
        } else if (c == "\"") { quoted = 1; word = "" }
        else if (c == "{" || c == "[") { depth++; after = 0 }
        else if (c == "}" || c == "]") { depth--; number = "" }
        else if (c == ":" && depth == 1) { after = 1; number = "" }
        else if (c == "," && depth == 1) { after = 0; number = "" }
        else if (c ~ /[0-9]/ && depth == 1 && after && key == want) {
          while (c ~ /[0-9]/) { number = number c; i++; c = substr(text, i, 1) }
          print number
          exit
        }
      }
    }' "$work/answer" | sed -n 1p
}
refused() {
  reason=$(field detail)
  case $status in
    000) die 1 "$url does not answer" ;;
    401 | 403) die 5 "${reason:-refused ($status)}" ;;
    404) die 4 "${reason:-not found}" ;;
    409)
      case $(field code) in
        operation_running) die 11 "${reason:-another operation runs}" ;;
        *) die 1 "${reason:-conflict}" ;;
      esac
      ;;
    400 | 413 | 415 | 416) die 2 "${reason:-the request is not valid ($status)}" ;;
    *) die 1 "${reason:-$url answered $status}" ;;
  esac
}

# The key stays until the backup is here: started again after a crash, the same backup is gone on with, and no second one made.
if [ ! -s "$work/key" ]; then
  key="pull-$(date -u +%Y%m%dT%H%M%SZ)-$$-$(od -An -N8 -tx1 /dev/urandom | tr -d ' \n')"
  printf '%s\n' "$key" >"$work/key.new"
  mv "$work/key.new" "$work/key"
fi
key=$(cat "$work/key")
id=''
[ ! -s "$work/id" ] || id=$(cat "$work/id")
case $id in *[!A-Za-z0-9_.-]*) id='' ;; esac
if [ -z "$id" ]; then
  body="{\"label\":\"$label\",\"description\":\"holdfast-pull\"${components:+,\"components\":[$components]}}"
  ask POST /v1/backups --header "Idempotency-Key: $key" --header 'Content-Type: application/json' --data "$body"
  if [ "$status" != 202 ]; then
    # Nothing was begun under this key: the next run asks anew.
    case $status in 000 | 5??) ;; *) rm -f "$work/key" ;; esac
    refused
  fi
  id=$(field id)
  case $id in '' | *[!A-Za-z0-9_.-]*) die 1 "$url answered with no id of a backup" ;; esac
  printf '%s\n' "$id" >"$work/id.new"
  mv "$work/id.new" "$work/id"
fi
forget() { rm -f "$work/id" "$work/key" "$work/part"; }

waited=0
pause=1
while :; do
  ask GET "/v1/backups/$id"
  if [ "$status" = 404 ]; then forget; fi
  [ "$status" = 200 ] || refused
  state=$(field state)
  case $state in
    IN_PROGRESS) ;;
    SUCCESS | PARTIAL) break ;;
    FAILED | CANCELLED)
      forget
      die 1 "backup $id is $state: $(field shortError)"
      ;;
    *) die 1 "$url answered with no state of backup $id" ;;
  esac
  [ "$waited" -lt "$wait" ] || die 1 "backup $id still runs after $wait seconds; start this again to go on waiting"
  sleep "$pause"
  waited=$((waited + pause))
  [ "$pause" -ge 15 ] || pause=$((pause + 1))
done

# Each try asks for a new address, and goes on where the last one broke off.
part="$work/part"
tries=0
while :; do
  ask POST "/v1/backups/$id/download"
  [ "$status" = 200 ] || refused
  address=$(field url) name=$(field fileName) sum=$(field sha256)
  bytes=$(field bytes)
  case $name in '' | .* | */*) die 1 "$url answered with no name of a file" ;; esac
  case $sum in '' | *[!0-9a-f]*) die 1 "$url answered with no SHA-256" ;; esac
  [ -n "$bytes" ] || die 1 "$url answered with no size"
  have=0
  [ ! -f "$part" ] || have=$(($(wc -c <"$part")))
  if [ "$have" -gt "$bytes" ]; then
    rm -f "$part"
    have=0
  fi
  if [ "$have" -lt "$bytes" ]; then
    set -- --output "$part" --continue-at "$have" --fail --speed-limit 1 --speed-time 120
    case $address in
      /*) api GET "$address" "$@" >&2 || say "the download broke off; going on" ;;
      https://* | http://localhost:* | http://127.0.0.1:* | 'http://[::1]:'*)
        # An address that carries its own permission: the token does not go there. By http from this machine alone.
        printf 'url = "%s"\n' "$address" | curl --config - --silent --show-error --globoff --proto '=https,http' \
          ${ca_file:+--cacert "$ca_file"} --connect-timeout 20 "$@" || say "the download broke off; going on"
        ;;
      *) die 1 "$url answered with no address that can be fetched" ;;
    esac
  fi
  have=0
  [ ! -f "$part" ] || have=$(($(wc -c <"$part")))
  if [ "$have" -eq "$bytes" ]; then
    found=$(sum_of "$part")
    [ "${found%% *}" != "$sum" ] || break
    rm -f "$part"
    say 'what came is not the archive: its SHA-256 differs; fetching it anew'
  fi
  tries=$((tries + 1))
  [ "$tries" -lt "$attempts" ] || die 1 "the archive of $id did not come whole in $attempts tries; start this again to go on"
  sleep "$((tries < 10 ? tries : 10))"
done

# The name says when it came, so that names sort by it; a name of the installation's choice could hide older ones.
stamp=$(date -u +%Y%m%dT%H%M%SZ)
sync 2>/dev/null || :
file="$to/$label-$stamp-${id#"$label"-}.tar"
mv "$part" "$file"
forget

# Only of this label, and only what this script has named.
kept=0
for old in $(cd "$to" && printf '%s\n' "$label"-[0-9]*T[0-9]*Z-*.tar | sort -r); do
  case $old in
    "$label"-[0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9]T[0-9][0-9][0-9][0-9][0-9][0-9]Z-????????-????-????-????-????????????.tar) ;;
    *) continue ;;
  esac
  kept=$((kept + 1))
  [ "$kept" -le "$keep" ] || [ "$to/$old" = "$file" ] || rm -f "$to/$old"
done
rm -f "$work/pid" "$work/answer"
rmdir "$work" 2>/dev/null || :
printf '%s\n' "$file"
if [ "$state" = PARTIAL ]; then
  say "backup $id is PARTIAL: some things were left out; holdfast backup show $id names them"
  exit 3
fi
