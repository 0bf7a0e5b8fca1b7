// The requests of payment providers, for the program of requests.cpp.
#pragma once

#include <functional>
#include <string>

#include "core/channels/transport.h"

namespace flead::money::contract {

// Calls `print` with the provider's name, what the request is, and the request.
void each_request(const std::function<void(const std::string& provider, const std::string& name,
                                           const channels::HttpRequest& request)>& print);

}  // namespace flead::money::contract
