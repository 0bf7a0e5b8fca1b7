// What can go wrong, as a value. Every operation that a caller could react to returns
// Result<T> (result.h) holding one of these; nothing of ours throws.
#pragma once

#include <string>
#include <vector>

namespace flead {

// The whole vocabulary. Two switches without `default` translate it: cli/io/exit_code.cpp to exit
// codes and serve/http/problem.cpp to HTTP statuses, so a new kind does not compile until both know
// it.
enum class ErrorKind {
  usage,         // the request itself is malformed               exit 2, HTTP 400
  not_found,     //                                                exit 3, HTTP 404
  unauthorized,  // no valid credentials, or a secret is missing   exit 4, HTTP 401
  forbidden,     // valid credentials that may not do this         exit 4, HTTP 403
  conflict,      // slot taken, key reused, already exists         exit 5, HTTP 409
  refused,       // understood, and against a rule                 exit 6, HTTP 422
  provider,      // an outside service failed after retries        exit 7, HTTP 502
  unmet,         // a check that was asked for does not hold       exit 8, HTTP 412
  store,         // locked, full, read-only, newer, damaged        exit 9, HTTP 503
  internal,      // a fault of ours                                exit 1, HTTP 500
};

// One input field that was not acceptable. `code` is stable (`too_long`), `message` is English.
struct FieldError {
  std::string field;
  std::string code;
  std::string message;
};

struct Error {
  ErrorKind kind = ErrorKind::internal;
  std::string code;     // stable, snake_case, part of the contract: `slot_taken`
  std::string message;  // one sentence for the person; no secrets, no SQL, no personal data
  std::string hint;     // what to do next, a command where one helps; may be empty
  std::string detail;   // for the log only
  std::vector<FieldError> fields;  // for `refused`: which inputs, see contract section 3
};

// Shorthands that keep call sites on one line: `return not_found("lead_not_found", "No lead ...")`.
Error usage_error(std::string code, std::string message, std::string hint = {});
Error not_found(std::string code, std::string message, std::string hint = {});
Error unauthorized(std::string code, std::string message, std::string hint = {});
Error forbidden(std::string code, std::string message, std::string hint = {});
Error conflict(std::string code, std::string message, std::string hint = {});
Error refused(std::string code, std::string message, std::string hint = {});
Error provider_error(std::string code, std::string message, std::string detail = {});
Error unmet(std::string code, std::string message, std::string hint = {});
Error store_error(std::string code, std::string message, std::string detail = {});
Error internal_error(std::string message, std::string detail = {});

// A refusal about one input field; `code` becomes both the error's and the field's code.
Error refused_field(std::string field, std::string code, std::string message);

}  // namespace flead
