// Problems: every refusal as application/problem+json (RFC 9457), and the one switch that turns
// kinds of errors into HTTP statuses. Callers: handlers (through failure() and problem() of
// http.h), the router and the front. Never shows Error::detail to a client.
#pragma once

#include <string_view>

#include "core/base/error.h"
#include "serve/http/http.h"

namespace flead::http {

int status_of(ErrorKind kind);

// "Not Found" for 404; "Unknown" for a status that we never send.
std::string_view status_phrase(int status);

bool is_problem(const Reply& reply);

// Completes a problem's body with the request's id, which failure() cannot know. Anything but a
// problem stays as it is.
void add_request_id(Reply& reply, std::string_view request_id);

}  // namespace flead::http
