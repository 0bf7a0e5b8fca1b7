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
chatty=$(flead tenant add chatty --tz Europe/Moscow --locale ru --json)
mock_port=$(free_port)
start_background mock "$flead_bin" mock serve telegram,max --listen "127.0.0.1:$mock_port"
wait_until 15 "the doubles" port_answers "$mock_port"
echo '700:token-of-the-double' >bot.token
for kind in telegram max; do
  flead channel add "$kind" --tenant chatty --pull --secret-file bot.token \
    --base-url "http://127.0.0.1:$mock_port/$kind" >channel.log 2>&1 || fail "$(cat channel.log)"
done
start_serve

say "the widget's TypeScript passes its type check"
"$browser/node_modules/.bin/tsc" -p "$browser/tsconfig.json" || fail "tsc"

say "the widget in a browser"
FLEAD_BASE=$base FLEAD_KEY=$pk FLEAD_TOKEN=$token FLEAD_SLUG=acme \
  FLEAD_GUARDED_KEY=$(json "$guarded" publishable_key) \
  FLEAD_GUARDED_TOKEN=$(json "$guarded_token" token) \
  FLEAD_CHATTY_KEY=$(json "$chatty" publishable_key) \
  node "$browser/widget.test.mjs" >widget.tap 2>&1 || {
  grep -vE '^# Subtest|^    at |duration_ms' widget.tap | tail -150
  fail "the browser cases"
}
grep -E '^# (pass|fail) ' widget.tap
