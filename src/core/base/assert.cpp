#include "core/base/assert.h"

#include <cstdio>
#include <cstdlib>

namespace flead {

void assertion_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "flead: broken invariant: %s (%s:%d). This is a bug; nothing was lost.\n",
               condition, file, line);
  std::abort();
}

}  // namespace flead
