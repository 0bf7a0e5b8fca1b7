// `flead mock serve KIND[,KIND…]`: doubles on a loopback port until a signal. Caller: main.
#pragma once

#include <string>
#include <vector>

#include "core/base/result.h"

namespace flead::serve::mock {

struct MockServer {
  std::vector<std::string> kinds;
  std::string listen = "127.0.0.1:9090";
};

// Errors: mock_kind_unknown (usage), mock_not_loopback (refused), those of the front.
Status run(const MockServer& options);

}  // namespace flead::serve::mock
