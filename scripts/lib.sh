# Shared by the scripts here: where the project is, how progress looks, which packages are needed.
# Sourced, never run. Needs nothing but bash and what a minimal Debian has.

project_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# Colour only for a person's terminal.
if [ -t 1 ] && [ -z "${NO_COLOR:-}" ] && [ -z "${CI:-}" ]; then
  bold=$'\e[1m' dim=$'\e[2m' red=$'\e[31m' green=$'\e[32m' plain=$'\e[0m'
else
  bold='' dim='' red='' green='' plain=''
fi

step() { printf '%s==> %s%s\n' "$bold" "$*" "$plain"; }
note() { printf '    %s\n' "$*"; }
die() {
  printf '%serror:%s %s\n' "$red" "$plain" "$*" >&2
  exit 1
}

# ---- packages --------------------------------------------------------------------------------
# One per line. "a|b": whichever the release has, the first that is there wins. "tool=package":
# the package is wanted only when no such tool is on the PATH (a Node.js from elsewhere will do).
packages_build='g++
cmake
ninja-build
pkg-config|pkgconf
ccache
git
libcpp-httplib-dev
libcli11-dev
nlohmann-json3-dev
libfmt-dev
libsqlite3-dev
libcurl4-openssl-dev
libsodium-dev
libssl-dev
libqrencode-dev
libexpat1-dev
libical-dev
libctemplate-dev
libphonenumber-dev
libcctz-dev
zlib1g-dev
libbrotli-dev
esbuild=esbuild
brotli
gzip
tzdata
ca-certificates'

packages_test='catch2|libcatch2-dev
chromium
fonts-dejavu-core
node=nodejs
npm=npm
python3
python3-aiosmtpd
python3-icalendar
openssl
sqlite3
curl
procps
libc-bin
hledger
radicale'

package_installed() {
  [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# Prints what is missing of a list, one choice per line, in the list's own writing.
packages_missing() {
  local line name found
  while IFS= read -r line; do
    if [[ $line == *=* ]]; then
      command -v "${line%%=*}" >/dev/null || echo "${line#*=}"
      continue
    fi
    found=
    for name in ${line//|/ }; do
      if package_installed "$name"; then found=1; fi
    done
    [ -n "$found" ] || echo "$line"
  done <<<"$1"
}

# install_packages LIST...: silent when everything is there.
install_packages() {
  command -v dpkg-query >/dev/null ||
    die "only Debian packages are installed here; elsewhere see the lists in scripts/lib.sh"
  local missing
  missing=$(packages_missing "$(printf '%s\n' "$@")")
  [ -n "$missing" ] || return 0

  local as_root=()
  if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null ||
      die "these packages are missing, and there is neither root nor sudo: ${missing//$'\n'/ }"
    as_root=(sudo)
  fi
  step "Installing: ${missing//$'\n'/ }"
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update -qq </dev/null
  local choice name chosen=()
  while IFS= read -r choice; do
    for name in ${choice//|/ }; do
      if [[ $(apt-cache policy "$name" 2>/dev/null) =~ Candidate:\ [0-9] ]]; then
        chosen+=("$name")
        continue 2
      fi
    done
    die "no package source offers ${choice//|/ or }"
  done <<<"$missing"
  # A person sees apt's own progress; a log gets it only when it failed.
  local command=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y
    --no-install-recommends "${chosen[@]}")
  if [ -t 1 ]; then
    "${command[@]}" </dev/null || die "apt-get could not install: ${chosen[*]}"
  else
    local log
    log=$(mktemp)
    "${command[@]}" </dev/null >"$log" 2>&1 ||
      { tail -20 "$log" >&2; die "apt-get could not install: ${chosen[*]}"; }
    rm -f "$log"
  fi
}

# ---- building --------------------------------------------------------------------------------

# cmake_build PRESET TARGET...: configures when needed and builds; the log is shown on failure, and
# on a terminal Ninja shows its own progress.
cmake_build() {
  local preset=$1 log
  shift
  log="$project_dir/build/$preset.log"
  mkdir -p "$project_dir/build"
  ( cd "$project_dir" && cmake --preset "$preset" "${cmake_options[@]}" ) >"$log" 2>&1 ||
    { tail -30 "$log" >&2; die "configuring $preset failed (whole log: build/$preset.log)"; }
  if [ -t 1 ]; then
    ( cd "$project_dir" && cmake --build --preset "$preset" ${1:+--target "$@"} ) ||
      die "building $preset failed"
  else
    ( cd "$project_dir" && cmake --build --preset "$preset" ${1:+--target "$@"} ) >>"$log" 2>&1 ||
      { grep -E -A8 'error:|FAILED|undefined reference' "$log" | head -60 >&2
        die "building $preset failed (whole log: build/$preset.log)"; }
  fi
}
cmake_options=()
