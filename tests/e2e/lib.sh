# For the stories beside this file: a folder of their own, the real binary on a free loopback port,
# waiting by asking (never by guessing a time), assertions that say what was seen, and a clean end
# of everything that was started. Each story is one CTest and one process; it sources this file.
#
#   init_store [flags]        flead init in the story's folder; sets tenant_id, pk, token
#   start_serve [flags]       sets base (http://127.0.0.1:PORT) and serve_pid; ready when it returns
#   request METHOD PATH [curl flags]   sets status, body, head
#   check_* / fails_with      one promise each; the first broken one ends the story with exit 1
#   skip WHY                  ends the story as skipped (CTest knows 77)
set -euo pipefail

e2e_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source_dir=$(cd "$e2e_dir/../.." && pwd)
flead_bin=${FLEAD_BIN:-$source_dir/build/dev/flead}
python=/usr/bin/python3  # Debian's own: it is the one that sees python3-aiosmtpd
[ -x "$python" ] || python=python3

# Nothing of the caller's set-up may leak in.
for name in $(compgen -e | grep '^FLEAD_' || true); do
  [ "$name" = FLEAD_BIN ] || unset "$name"
done
unset http_proxy https_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY all_proxy
export NO_COLOR=1 LC_ALL=C.UTF-8 TZ=UTC

folder=$(mktemp -d "${TMPDIR:-/tmp}/flead-e2e.XXXXXX")
cd "$folder"
started_pids=()

finish() {
  local status=$?
  trap - EXIT ERR
  set +e
  local pid
  for pid in "${started_pids[@]}"; do kill -TERM "$pid" 2>/dev/null; done
  for pid in "${started_pids[@]}"; do
    # A server that does not end by itself within its promise is ended here.
    local tries=0
    while kill -0 "$pid" 2>/dev/null && [ $tries -lt 120 ]; do sleep 0.1; tries=$((tries + 1)); done
    kill -KILL "$pid" 2>/dev/null
    wait "$pid" 2>/dev/null
  done
  [ -z "${mounted:-}" ] || umount "$mounted" 2>/dev/null
  if [ $status != 0 ] && [ $status != 77 ]; then
    local log
    for log in *.log; do
      [ -s "$log" ] && { echo "---- $log (end)"; tail -40 "$log"; }
    done
  fi
  cd /
  if [ -n "${KEEP:-}" ]; then echo "kept: $folder"; else rm -rf "$folder"; fi
  exit $status
}
trap finish EXIT
trap 'exit 130' INT TERM

say() { printf '  %s\n' "$*"; }
fail() {
  printf 'FAILED at %s: %s\n' "$(caller_line)" "$*"
  exit 1
}
caller_line() {
  local i
  for i in "${!BASH_SOURCE[@]}"; do
    if [[ ${BASH_SOURCE[$i]} != *lib.sh ]]; then
      echo "$(basename "${BASH_SOURCE[$i]}"):${BASH_LINENO[$((i - 1))]}"
      return
    fi
  done
}
skip() {
  printf 'skipped: %s\n' "$*"
  exit 77
}
trap 'echo "FAILED at $(basename "${BASH_SOURCE[0]}"):$LINENO: $BASH_COMMAND"' ERR
set -E

flead() { "$flead_bin" "$@"; }

# ---- assertions ------------------------------------------------------------------------------

check_eq() {  # check_eq SEEN WANTED WHAT
  [ "$1" = "$2" ] || fail "$3: wanted '$2', saw '$1'"
}
check_contains() {  # check_contains TEXT PART WHAT
  [[ $1 == *"$2"* ]] || fail "$3: wanted '$2' in: ${1:0:2000}"
}
check_lacks() {
  [[ $1 != *"$2"* ]] || fail "$3: '$2' must not be in: ${1:0:2000}"
}
# fails_with CODE COMMAND...: the command ends with exactly this exit code; sets out and err.
fails_with() {
  local wanted=$1 seen=0
  shift
  out=$("$@" 2>stderr.txt </dev/null) || seen=$?
  err=$(cat stderr.txt)
  [ "$seen" = "$wanted" ] || fail "exit code of '$*': wanted $wanted, saw $seen; stderr: $err"
}
# wait_until SECONDS WHAT COMMAND...: asks 20 times a second, at most this long.
wait_until() {
  local seconds=$1 what=$2 deadline
  shift 2
  deadline=$((SECONDS + seconds + 1))
  until "$@" >/dev/null 2>&1; do
    [ $SECONDS -lt $deadline ] || fail "waited $seconds s for: $what"
    sleep 0.05
  done
}

# json TEXT PATH: a member by dotted path ("data.0.id"); true, false, null, objects and arrays as
# JSON writes them. Fails when there is no such member.
json() {
  "$python" -c '
import json, sys
value = json.loads(sys.argv[1])
for part in filter(None, sys.argv[2].split(".")):
    value = value[int(part)] if isinstance(value, list) else value[part]
print(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
' "$1" "${2:-}"
}
json_length() { "$python" -c 'import json,sys; print(len(json.loads(sys.argv[1])))' "$1"; }

# ---- processes -------------------------------------------------------------------------------

free_port() {
  local port tries
  for tries in {1..200}; do
    port=$((18700 + RANDOM % 14000))
    if ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
      echo "$port"
      return
    fi
  done
  fail "no free loopback port"
}

# init_store [flags]: a test store in this folder, tenant `acme` unless told otherwise.
init_store() {
  made=$(flead init --tenant acme --test --json "$@" 2>init.log </dev/null) ||
    fail "flead init: $(cat init.log)"
  tenant_id=$(json "$made" tenant.id)
  pk=$(json "$made" publishable_key)
  token=$(json "$made" token)
}

# start_serve [flags]: fails when it is not ready within 15 s. Tries another port when one was taken
# in between; serve_port keeps it where links of an earlier start point to.
start_serve() {
  local try
  for try in 1 2 3; do
    port=${serve_port:-$(free_port)}
    base="http://127.0.0.1:$port"
    "$flead_bin" serve --listen "127.0.0.1:$port" --log-format json "$@" \
      >serve.out.log 2>>serve.log </dev/null &
    serve_pid=$!
    started_pids+=("$serve_pid")
    if serve_ready; then return; fi
    grep -qi 'in use' serve.log || break
  done
  fail "flead serve did not become ready"
}
serve_ready() {
  local deadline=$((SECONDS + 16))
  while [ $SECONDS -lt $deadline ]; do
    kill -0 "$serve_pid" 2>/dev/null || return 1
    # Not /readyz: with --no-jobs that waits for a worker elsewhere.
    if curl -sf -o /dev/null --max-time 2 "$base/healthz"; then return 0; fi
    sleep 0.05
  done
  return 1
}
# stop_serve [SIGNAL]: waits for the end; sets serve_exit.
stop_serve() {
  kill "-${1:-TERM}" "$serve_pid"
  serve_exit=0
  wait "$serve_pid" 2>/dev/null || serve_exit=$?
}

# start_background NAME COMMAND...: any other helper; its output is in NAME.log.
start_background() {
  local name=$1
  shift
  "$@" >"$name.log" 2>&1 </dev/null &
  background_pid=$!
  started_pids+=("$background_pid")
}
port_answers() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# ---- HTTP ------------------------------------------------------------------------------------

# request METHOD PATH [curl flags]: sets status, body, head. A path may be a whole URL.
request() {
  local method=$1 url=$2
  shift 2
  [[ $url == http* ]] || url="$base$url"
  local flags=(-X "$method")
  [ "$method" != HEAD ] || flags=(-I)
  status=$(curl -sS --max-time 20 -o body.txt -D head.txt -w '%{http_code}' "${flags[@]}" "$@" \
    "$url") || status=000
  body=$(tr -d '\0' <body.txt 2>/dev/null || true)
  head=$(tr -d '\r' <head.txt 2>/dev/null || true)
}
# post_json PATH JSON [curl flags], with the publishable key; post_as TOKEN for another key.
post_json() {
  local path=$1 text=$2
  shift 2
  request POST "$path" -H 'Content-Type: application/json' -H "Authorization: Bearer $pk" \
    --data-binary "$text" "$@"
}
get_as() {  # get_as TOKEN PATH [curl flags]
  local key=$1 path=$2
  shift 2
  request GET "$path" -H "Authorization: Bearer $key" "$@"
}

# store_digest: what is in the store, as one number: equal before and after means nothing changed.
# Counters of refused tries are not in the store, so any difference is a written row.
store_digest() {
  "$python" - "$folder/flead.db" <<'PY'
import hashlib, sqlite3, sys
db = sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True)
digest = hashlib.sha256()
own = tuple(f'INSERT INTO "{name}"' for name in ("periodic", "probes", "jobs"))
for line in db.iterdump():
    # The worker's own clockwork moves by itself.
    if not line.startswith(own):
        digest.update(line.encode("utf-8", "surrogatepass"))
print(digest.hexdigest())
PY
}
