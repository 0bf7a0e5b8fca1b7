#!/usr/bin/env bash
# Stores that cannot be used: each says so with exit 9 and what to do, and nothing is changed.
source "$(dirname "$0")/lib.sh"
init_store
lead='{"phone":"+79000000001","consent":{"purposes":["processing"]}}'

# refused_store WHAT COMMAND...: exit 9, with an error object that has a code and a message.
refused_store() {
  local what=$1
  shift
  fails_with 9 "$@" --json
  [ -n "$(json "$err" error.code)" ] && [ -n "$(json "$err" error.message)" ] || fail "$what: $err"
  check_lacks "$err" "SELECT" "$what"
  check_lacks "$err" "INSERT" "$what"
}

say "no store at all: the error names the command that makes one"
fails_with 9 flead --db nowhere.db lead list
check_contains "$err" "flead init" "missing store"
[ ! -e nowhere.db ] || fail "asking made a store"

say "not a store: text, an empty file, another program's database"
echo "just some words, a few of them, and no database at all" >words.db
cp words.db words.before
refused_store "text" flead --db words.db lead list
cmp -s words.db words.before || fail "the file was changed"
sqlite3 other.db 'CREATE TABLE guests (name TEXT); INSERT INTO guests VALUES (1)'
refused_store "another program's database" flead --db other.db lead list
check_eq "$(sqlite3 other.db 'SELECT COUNT(*) FROM sqlite_master')" 1 "its tables"
refused_store "a folder" flead --db "$folder" lead list

say "cut in the middle"
cp flead.db cut.db && cp flead.db.key cut.db.key
sqlite3 flead.db 'PRAGMA wal_checkpoint(TRUNCATE)' >/dev/null
cp flead.db cut.db
truncate -s 20000 cut.db
fails_with 9 flead --db cut.db doctor
check_contains "$out$err" "damaged" "what doctor says of it"
refused_store "cut" flead --db cut.db lead add --phone +79000000008 --consent processing

say "newer than the program"
cp flead.db newer.db && cp flead.db.key newer.db.key
sqlite3 newer.db "CREATE TEMP TABLE copy AS
    SELECT * FROM schema_migrations ORDER BY version DESC LIMIT 1;
  UPDATE copy SET version = 9999, name = 'of a later program';
  INSERT INTO schema_migrations SELECT * FROM copy"
before=$(sha256sum <newer.db)
refused_store "newer" flead --db newer.db lead add --phone +79000000009 --consent processing
check_eq "$(sha256sum <newer.db)" "$before" "the newer store"

say "locked by another writer: waited for, then exit 9"
"$python" - flead.db <<'PY' &
import sqlite3, sys, time
db = sqlite3.connect(sys.argv[1], isolation_level=None)
db.execute("BEGIN IMMEDIATE")
open("locked", "w").close()
time.sleep(4)
db.execute("ROLLBACK")
PY
locker=$!
started_pids+=("$locker")
wait_until 5 "the lock" test -e locked
refused_store "locked" flead --timeout 1s lead add --phone +79000000002 --consent processing
say "reading goes on meanwhile"
fails_with 0 flead --timeout 1s lead list --json
say "and a patient writer gets its turn"
fails_with 0 flead --timeout 15s lead add --phone +79000000003 --consent processing --json
wait "$locker" || true

say "read-only"
if [ "$(id -u)" != 0 ]; then
  mkdir frozen && cp flead.db flead.db.key frozen/ && chmod 500 frozen && chmod 400 frozen/flead.db
  refused_store "read-only" flead --db frozen/flead.db lead add --phone +79000000004 \
    --consent processing
  chmod 700 frozen
elif mkdir frozen && cp flead.db flead.db.key frozen/ && mount --bind frozen frozen 2>/dev/null &&
  mounted=$folder/frozen && mount -o remount,bind,ro frozen 2>/dev/null; then
  refused_store "read-only" flead --db frozen/flead.db lead add --phone +79000000004 \
    --consent processing
  umount frozen
  mounted=
elif [ -z "${mounted:-}" ] && cp "$flead_bin" flead-of-nobody && chmod 711 "$folder" &&
  chmod 400 frozen/flead.db && chmod 500 frozen && chown -R 65534 frozen &&
  nobody=(setpriv --reuid=65534 --regid=65534 --clear-groups) &&
  "${nobody[@]}" true 2>/dev/null; then
  refused_store "read-only" "${nobody[@]}" "$folder/flead-of-nobody" --db frozen/flead.db lead add \
    --phone +79000000004 --consent processing
else
  [ -z "${mounted:-}" ] || umount frozen
  mounted=
  skipped="the read-only store: root, and mounting is not permitted here"
fi

# A disk that is full: a small tmpfs where mounting is allowed, else a limit to the size of files,
# which the kernel says with another error.
full_disk() {  # full_disk WAY: fills a store until a lead is refused
  "$flead_bin" --db small/flead.db init --tenant acme --test --json >small.json 2>small.log ||
    fail "init on 4 MiB: $(cat small.log)"
  pk=$(json "$(cat small.json)" publishable_key)
  if [ "$1" = limit ]; then
    trap '' XFSZ  # the error is what we want, not the signal; what is started inherits this
    ulimit -S -f 4096
  fi
  start_serve --db small/flead.db
  [ "$1" != limit ] || ulimit -S -f unlimited
  local long accepted=0 full='' n
  long=$(printf 'x%.0s' {1..3000})
  for n in {1..2000}; do
    post_json /api/v1/leads "{\"phone\":\"+7900$(printf %07d "$n")\",\"message\":\"$long\",
      \"consent\":{\"purposes\":[\"processing\"]}}"
    if [ "$status" = 201 ]; then
      accepted=$((accepted + 1))
    else
      full=$status
      break
    fi
  done
  check_eq "$full" 503 "lead when the disk is full (after $accepted)"
  check_contains "${head,,}" "retry-after:" "503"
  local stored
  stored=$(sqlite3 -readonly small/flead.db 'SELECT COUNT(*) FROM leads')
  check_eq "$stored" "$accepted" "leads stored for $accepted answers of 201"
  request GET /healthz
  check_eq "$status" 200 "healthz on a full disk"
  stop_serve
  check_eq "$serve_exit" 0 "exit of serve"
}

mkdir -p small
if [ "$(id -u)" = 0 ] && mount -t tmpfs -o size=4m tmpfs small 2>/dev/null; then
  say "full: a small tmpfs"
  mounted=$folder/small
  full_disk mount
  umount small
  mounted=
else
  say "full: files of at most 4 MiB"
  full_disk limit
fi
[ -z "${skipped:-}" ] || skip "$skipped"
