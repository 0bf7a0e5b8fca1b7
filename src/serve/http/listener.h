// The listening socket, with errors that say what to do. Caller: the front.
#pragma once

#include "core/base/result.h"
#include "serve/http/address.h"

namespace flead::http {

struct Listener {
  int fd = -1;  // non-blocking, closed on exec, owned by the caller
  int port = 0;
};

// Errors: address_in_use, address_unavailable, listen_denied, listen_failed (internal, exit 1).
Result<Listener> open_listener(const ListenAddress& address);

}  // namespace flead::http
