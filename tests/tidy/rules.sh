# One function per rule of tests/tidy/run; each prints what breaks it. Sourced by it.

# Lines of code without comments, as FILE:LINE:TEXT, of the files given. Good enough for a rule:
# block comments are not used here.
code() { grep -nHE "$1" "${@:2}" | grep -vE '^[^:]+:[0-9]+:[[:space:]]*//' || true; }

fences() {
  local fence header allowed
  while read -r header allowed; do
    code "#include [<\"]$header" "${ours[@]}" | grep -vE "^src/($allowed):" || true
  done <<'TABLE'
nlohmann/ core/base/json.cpp
CLI/ cli/io/args.cpp
sqlite3.h core/store/sqlite_(connection|vfs).cpp
httplib.h serve/http/front.cpp
curl/ serve/outbound/[a-z_]+\.(cpp|h)
phonenumbers/ core/base/phone.cpp
cctz/ core/base/zone.cpp
openssl/ core/base/rsa.cpp
qrencode.h core/base/qr.cpp
sodium core/base/(crypto|world).cpp
ctemplate/ serve/pages/[a-z_]+\.cpp
TABLE
}

heavy_headers() { code '#include <(regex|iostream)>' "${headers[@]}" "${sources[@]}"; }

arrows() {
  code '#include "(cli|serve)/' $(printf '%s\n' "${ours[@]}" | grep '^src/core/')
  code '#include "serve/' $(printf '%s\n' "${ours[@]}" | grep '^src/cli/' | grep -v '/main.cpp$')
  code '#include "cli/' $(printf '%s\n' "${ours[@]}" | grep '^src/serve/')
}

# base knows base; store knows base and store; jobs knows those and the App that it hands on.
core_order() {
  code '#include "core/' $(printf '%s\n' "${ours[@]}" | grep '^src/core/base/') |
    grep -v '"core/base/' || true
  code '#include "core/' $(printf '%s\n' "${ours[@]}" | grep '^src/core/store/') |
    grep -vE '"core/(base|store)/' || true
  code '#include "core/' $(printf '%s\n' "${ours[@]}" | grep '^src/core/jobs/') |
    grep -vE '"core/(base|store|jobs)/|"core/app.h"' || true
}

# An edge "a b" for each area a that includes a header of area b; a circle is what remains after
# areas that nobody uses, or that use nobody, are taken away again and again.
area_circles() {
  grep -rhoE --include='*.h' --include='*.cpp' '^#include "core/[a-z]+/' src/core --with-filename |
    sed -nE 's|^src/core/([a-z]+)/[^:]*:#include "core/([a-z]+)/|\1 \2|p' |
    awk '$1 != $2 && $2 !~ /^(base|store|jobs)$/ && $1 !~ /^(base|store|jobs)$/' | sort -u |
    awk '{ edge[NR] = $0; from[NR] = $1; to[NR] = $2; n = NR }
         END {
           do {
             changed = 0
             split("", uses); split("", used)
             for (i = 1; i <= n; i++) if (i in edge) { uses[from[i]] = 1; used[to[i]] = 1 }
             for (i = 1; i <= n; i++)
               if ((i in edge) && !((to[i] in uses) && (from[i] in used))) {
                 delete edge[i]; changed = 1
               }
           } while (changed)
           for (i = 1; i <= n; i++) if (i in edge) print "src/core/" from[i] " uses " to[i]
         }'
}

sql_places() {
  local elsewhere
  elsewhere=$(printf '%s\n' "${ours[@]}" | grep -vE '_store\.cpp$|^src/core/store/')
  code 'R"sql|"(SELECT|INSERT INTO|DELETE FROM|UPDATE [a-z_]+ SET|CREATE TABLE|PRAGMA) ' $elsewhere
  code '\btx\.(one|maybe|all|exec|each|run)\(' $elsewhere
}

sql_dialect() {
  local files
  files=$(find src/core -name '*_store.cpp' -o -name '*.sql')
  code '\b(INTEGER|BOOLEAN|AUTOINCREMENT|STRICT|REAL|DATETIME)\b' $(find src/core -name '*.sql')
  code 'last_insert_rowid|::(int|text|bigint)\b' $files | grep -v 'Kind::' || true
  code '\b(lower|upper|avg|string_agg|group_concat|json_[a-z]+)\(|\bLIKE\b|\bOFFSET\b' $files |
    grep -v 'std::' || true
  code 'SUM\(' $files | grep -vE 'CAST\((COALESCE\()?SUM\(' || true
}

clock_and_random() {
  {
    code '(system_clock|steady_clock|high_resolution_clock)::' "${ours[@]}"
    code '\b(gettimeofday|clock_gettime|std::time|random_device|mt19937(_64)?)\b' "${ours[@]}"
    code '\b(getrandom|arc4random|std::rand|randombytes_[a-z]+)\b' "${ours[@]}"
    code '\btime\((NULL|nullptr|0|&)' "${ours[@]}"
  } | grep -vE '^src/core/base/(world|crypto)\.cpp:' || true
}

sleeping() {
  code 'sleep_for|sleep_until|\b(u|nano)?sleep\(' "${headers[@]}" "${sources[@]}"
}

file_sizes() {
  local file lines
  while read -r lines file; do
    [ "$file" = total ] || [ "$lines" -le 500 ] || echo "$file: $lines lines"
  done < <(wc -l "${headers[@]}" "${sources[@]}" "${shells[@]}" \
    $(find src tests -name node_modules -prune -o -regextype posix-extended \
      -regex '.*\.(ts|mjs|css|html|py)' -print))
}

# The code is formatted, so a function that stands at the left margin runs from the line where its
# head begins to the next line that is only a brace.
function_sizes() {
  awk '
    FNR == 1 { start = 0 }
    /^(#|\/\/|namespace|extern|struct|class|enum|union|using|template|\)|$)/ { start = 0; next }
    /^\}(;|  \/\/)/ { start = 0; next }
    /^}$/ {
      lines = FNR - start + 1
      if (start && lines > 70) print FILENAME ":" start ": " lines " lines: " head
      start = 0; next
    }
    /^[^ ]/ {
      if (!start) { start = FNR; head = $0 }
      if (/;$/) start = 0
    }' "${headers[@]}" "${sources[@]}"
}

columns() {
  grep -nHE '^.{101,}' "${headers[@]}" "${sources[@]}" "${shells[@]}" \
    $(find src -name '*.ts' -o -name '*.css' -o -name '*.sql') |
    grep -vE 'https?://' | cut -c1-140 || true
}

header_openings() {
  local file
  for file in $(printf '%s\n' "${ours[@]}" | grep '\.h$') tests/support/*.h; do
    # The comment before #pragma once, in words.
    if [ "$(sed '/^#pragma once/q' "$file" | grep '^//' | wc -c)" -lt 40 ]; then
      echo "$file: opens without a sentence"
    fi
  done
}

using_namespace() { code '^using namespace' "${headers[@]}" "${sources[@]}"; }

todos() {
  grep -nHE '\b(TODO|FIXME|XXX|HACK)\b' "${ours[@]}" "${sources[@]}" scripts/cmake/*.cmake |
    grep -vE 'TODO\(#[0-9]+\)' || true
}

catch_all() {
  code 'catch \(\.\.\.\)' "${ours[@]}" |
    grep -vE '^src/(cli/main|serve/http/router|core/jobs/[a-z_]+)\.cpp:' |
    grep -vE '^src/core/store/group_commit\.cpp:' || true
}

detached() { code '\.detach\(\)' "${headers[@]}" "${sources[@]}"; }

template_escapes() {
  grep -rnE '\{\{[^}]*:(none|raw)' src --include='*.tpl' --include='*.html' || true
}

listed_sources() {
  local file dir
  for file in "${sources[@]}"; do
    dir=$(dirname "$file")
    # Listed in the nearest CMakeLists.txt upwards, by its path from there.
    while [ ! -f "$dir/CMakeLists.txt" ] && [ "$dir" != . ]; do dir=$(dirname "$dir"); done
    grep -qF "${file#"$dir"/}" "$dir/CMakeLists.txt" ||
      grep -qwF "$(basename "${file%_fuzz.cpp}" .cpp)" "$dir/CMakeLists.txt" ||
      echo "$file: in no CMakeLists.txt"
  done
}

scripts_sound() {
  local file
  for file in "${shells[@]}"; do bash -n "$file" 2>&1 || true; done
  for file in scripts/demo scripts/fuzz scripts/test scripts/install-deps .ci/run tests/tidy/run; do
    [ -x "$file" ] || echo "$file: not executable"
  done
}

# What they say is compared with the command tree by a unit test; here only that they exist.
docs_there() {
  local file
  for file in man/flead.1 completions/flead.bash completions/_flead completions/flead.fish; do
    [ -s "$file" ] || echo "$file: missing"
  done
}
