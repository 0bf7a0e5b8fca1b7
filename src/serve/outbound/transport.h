// The real Transport: HTTP and SMTP over libcurl. Made once by main; safe from many threads. Logs
// nothing: what happened is in the reply.
#pragma once

#include <memory>

#include "core/channels/transport.h"

namespace flead::outbound {

std::unique_ptr<channels::Transport> make_transport();

}  // namespace flead::outbound
