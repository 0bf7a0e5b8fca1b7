#include "serve/http/problem.h"

#include <string>

#include "core/base/limits.h"
#include "core/base/log.h"

namespace flead::http {
namespace {

constexpr std::string_view k_problem_type = "application/problem+json";

Reply problem_reply(int status, std::string_view code, std::string_view detail, Json errors) {
  Json body = Json::object();
  body.set("type", "about:blank");  // RFC 9457 section 4.2.1: the title is the status's own
  body.set("title", status_phrase(status));
  body.set("status", status);
  body.set("code", code);
  body.set("detail", detail);
  if (!errors.is_null()) body.set("errors", std::move(errors));
  Reply reply = json_reply(status, body);
  reply.header("content-type", k_problem_type);
  reply.header("cache-control", "no-store");
  if (status == 503 || status == 429) {
    reply.header("retry-after", std::to_string(k_retry_after_s));
  }
  if (status == 401) reply.header("www-authenticate", "Bearer realm=\"flead\"");
  return reply;
}

}  // namespace

int status_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::usage:
      return 400;
    case ErrorKind::not_found:
      return 404;
    case ErrorKind::unauthorized:
      return 401;
    case ErrorKind::forbidden:
      return 403;
    case ErrorKind::conflict:
      return 409;
    case ErrorKind::refused:
      return 422;
    case ErrorKind::provider:
      return 502;
    case ErrorKind::unmet:
      return 412;
    case ErrorKind::store:
      return 503;
    case ErrorKind::internal:
      return 500;
  }
  return 500;
}

std::string_view status_phrase(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 303:
      return "See Other";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 406:
      return "Not Acceptable";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 410:
      return "Gone";
    case 411:
      return "Length Required";
    case 412:
      return "Precondition Failed";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 422:
      return "Unprocessable Content";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "Unknown";
  }
}

Reply failure(const Error& error) {
  const int status = status_of(error.kind);
  if (status >= 500) {
    log_error("http.failure", {{"code", error.code}, {"detail", error.detail}});
  }
  Json errors;
  for (const FieldError& field : error.fields) {
    errors.push(
        Json::object({{"field", field.field}, {"code", field.code}, {"message", field.message}}));
  }
  return problem_reply(status, error.code, error.message, std::move(errors));
}

Reply problem(int status, std::string_view code, std::string_view detail) {
  return problem_reply(status, code, detail, {});
}

bool is_problem(const Reply& reply) {
  for (const auto& [name, value] : reply.headers) {
    if (name == "content-type") return value == k_problem_type;
  }
  return false;
}

void add_request_id(Reply& reply, std::string_view request_id) {
  if (!is_problem(reply) || !reply.body.ends_with('}')) return;
  // The id is ours (a-z, 0-9 and _), so it needs no escaping; rewriting the end saves parsing.
  reply.body.pop_back();
  reply.body.append(R"(,"request_id":")").append(request_id).append("\"}");
}

}  // namespace flead::http
