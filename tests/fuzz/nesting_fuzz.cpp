// JSON as deep as the input says and otherwise right: what is over the limit is refused before
// anything is built, everything else is read and written. The first byte is the depth, times 20
// when the second is zero; the others choose what opens each level.
#include <algorithm>
#include <string>

#include "core/base/json.h"
#include "core/base/limits.h"
#include "fuzz/fuzz.h"

namespace flead {
namespace {

struct Level {
  const char* open;
  char close;
  std::size_t beside = 0;  // levels that it opens and closes before it goes on
};
// Brackets inside strings are text and not levels.
constexpr Level k_levels[] = {
    {"[", ']'},
    {"[null,[],", ']', 1},
    {"{\"a\":", '}'},
    {"{\"]}[{\\\"\":{},\"b\": ", '}', 1},
};

}  // namespace

FLEAD_FUZZ(nesting) {
  if (input.size() < 3) return;
  const auto byte = [&](std::size_t place) { return static_cast<unsigned char>(input[place]); };
  const std::size_t depth = byte(0) * std::size_t{byte(1) == 0 ? 20U : 1U};
  const std::string_view shape = input.substr(2);
  std::string opened, closing;
  std::size_t deepest = 0;
  for (std::size_t level = 0; level < depth; ++level) {
    const Level& kind = k_levels[static_cast<unsigned char>(shape[level % shape.size()]) % 4];
    opened += kind.open;
    closing += kind.close;
    deepest = std::max(deepest, level + 1 + kind.beside);
  }
  std::string core;
  append_json_string(core, input);

  const auto json = parse_json(opened + core + std::string(closing.rbegin(), closing.rend()));
  FLEAD_ASSERT(json.ok() == (deepest <= k_json_depth_max));
  if (json) {
    const auto again = parse_json(json->dump());
    FLEAD_ASSERT(again.ok() && *again == *json);
    const Json copy = *json;
    FLEAD_ASSERT(parse_json(copy.dump_pretty()).ok());
  } else {
    FLEAD_ASSERT(json.error().code == "bad_json");
  }
  // Never closed, as a bomb is sent.
  FLEAD_ASSERT(depth == 0 || !parse_json(opened));
  FLEAD_ASSERT(depth == 0 || !parse_json(opened + core));
}

}  // namespace flead
