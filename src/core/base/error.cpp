#include "core/base/error.h"

#include <utility>

namespace flead {
namespace {

Error make(ErrorKind kind, std::string code, std::string message, std::string hint) {
  Error error;
  error.kind = kind;
  error.code = std::move(code);
  error.message = std::move(message);
  error.hint = std::move(hint);
  return error;
}

}  // namespace

Error usage_error(std::string code, std::string message, std::string hint) {
  return make(ErrorKind::usage, std::move(code), std::move(message), std::move(hint));
}
Error not_found(std::string code, std::string message, std::string hint) {
  return make(ErrorKind::not_found, std::move(code), std::move(message), std::move(hint));
}
Error unauthorized(std::string code, std::string message, std::string hint) {
  return make(ErrorKind::unauthorized, std::move(code), std::move(message), std::move(hint));
}
Error forbidden(std::string code, std::string message, std::string hint) {
  return make(ErrorKind::forbidden, std::move(code), std::move(message), std::move(hint));
}
Error conflict(std::string code, std::string message, std::string hint) {
  return make(ErrorKind::conflict, std::move(code), std::move(message), std::move(hint));
}
Error refused(std::string code, std::string message, std::string hint) {
  return make(ErrorKind::refused, std::move(code), std::move(message), std::move(hint));
}
Error provider_error(std::string code, std::string message, std::string detail) {
  Error error = make(ErrorKind::provider, std::move(code), std::move(message), {});
  error.detail = std::move(detail);
  return error;
}
Error unmet(std::string code, std::string message, std::string hint) {
  return make(ErrorKind::unmet, std::move(code), std::move(message), std::move(hint));
}
Error store_error(std::string code, std::string message, std::string detail) {
  Error error = make(ErrorKind::store, std::move(code), std::move(message), {});
  error.detail = std::move(detail);
  return error;
}
Error internal_error(std::string message, std::string detail) {
  Error error = make(ErrorKind::internal, "internal", std::move(message), {});
  error.detail = std::move(detail);
  return error;
}

Error refused_field(std::string field, std::string code, std::string message) {
  Error error = make(ErrorKind::refused, code, message, {});
  error.fields.push_back({std::move(field), std::move(code), std::move(message)});
  return error;
}

}  // namespace flead
