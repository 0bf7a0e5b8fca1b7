// /api/v1/leads/{id}/chat: the conversation with one lead over all channels, and an operator's own
// words into it. Called by the route table.
#pragma once

#include <vector>

#include "serve/http/http.h"

namespace flead::api {

void add_chat_routes(std::vector<http::Route>& table);

}  // namespace flead::api
