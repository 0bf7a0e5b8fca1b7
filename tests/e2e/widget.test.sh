# The widget in a headless Chromium, on pages of another origin: mouse, keyboard, errors, a failing
# network, a strict Content-Security-Policy. The cases are in tests/browser/widget.test.mjs.
source "$(dirname "$0")/lib.sh"

browser=$source_dir/tests/browser
[ -d "$browser/node_modules/playwright-core" ] ||
  skip "the browser driver is not installed: (cd tests/browser && npm ci --ignore-scripts)"

init_store --tz Europe/Moscow --locale ru
guarded=$(flead tenant add guarded --tz Europe/Moscow --locale ru --json)
guarded_token=$(flead token create --role owner --tenant guarded --json)
flead config set spam.proof always --tenant guarded >/dev/null
start_serve

say "the widget's TypeScript passes its type check"
"$browser/node_modules/.bin/tsc" -p "$browser/tsconfig.json" || fail "tsc"

say "the widget in a browser"
FLEAD_BASE=$base FLEAD_KEY=$pk FLEAD_TOKEN=$token FLEAD_SLUG=acme \
  FLEAD_GUARDED_KEY=$(json "$guarded" publishable_key) \
  FLEAD_GUARDED_TOKEN=$(json "$guarded_token" token) \
  node "$browser/widget.test.mjs" >widget.tap 2>&1 || {
  grep -vE '^# Subtest|^    at |duration_ms' widget.tap | tail -150
  fail "the browser cases"
}
grep -E '^# (pass|fail) ' widget.tap
