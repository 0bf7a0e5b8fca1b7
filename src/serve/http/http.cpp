#include "serve/http/http.h"

#include <algorithm>
#include <charconv>

#include "core/base/limits.h"
#include "core/base/text.h"

namespace flead::http {

std::string_view Request::header(std::string_view lower_case_name) const {
  for (const auto& [name, value] : headers) {
    if (name == lower_case_name) return value;
  }
  return {};
}

std::optional<std::string> Request::query_value(std::string_view name) const {
  for (const auto& [known, value] : query) {
    if (known == name) return value;
  }
  return std::nullopt;
}

std::string_view Request::param(std::string_view name) const {
  for (const auto& [known, value] : params) {
    if (known == name) return value;
  }
  return {};
}

std::string Request::content_type() const {
  const std::string_view value = header("content-type");
  return ascii_lower(trim(value.substr(0, value.find(';'))));
}

Reply& Reply::header(std::string_view name, std::string_view value) {
  for (auto& [known, text] : headers) {
    if (known == name) {
      text = value;
      return *this;
    }
  }
  headers.emplace_back(name, value);
  return *this;
}

Reply json_reply(int status, const Json& body) {
  Reply reply;
  reply.status = status;
  reply.body = body.dump();
  reply.header("content-type", "application/json");
  return reply;
}

Reply text_reply(int status, std::string_view body) {
  Reply reply;
  reply.status = status;
  reply.body = body;
  reply.header("content-type", "text/plain; charset=utf-8");
  return reply;
}

Reply html_reply(int status, std::string body) {
  Reply reply;
  reply.status = status;
  reply.body = std::move(body);
  reply.header("content-type", "text/html; charset=utf-8");
  return reply;
}

Reply redirect(int status, std::string_view location) {
  Reply reply;
  reply.status = status;
  reply.header("location", location);
  return reply;
}

namespace {

// The weight of one Accept item in thousandths: "text/html;q=0.8" is 800. A bad weight counts as 1.
int accept_weight(std::string_view item) {
  const auto q = item.find("q=");
  if (q == std::string_view::npos) return 1000;
  const std::string_view number = trim(item.substr(q + 2));
  double weight = 1;
  const auto [end, problem] = std::from_chars(number.data(), number.data() + number.size(), weight);
  if (problem != std::errc() || !(weight >= 0 && weight <= 1)) return 1000;
  return static_cast<int>(weight * 1000);
}

}  // namespace

bool prefers_html(const Request& request) {
  int html = -1;
  int json = -1;
  int any = 0;
  for (const std::string& item : split(request.header("accept"), ',')) {
    const std::string type = ascii_lower(trim(std::string_view(item).substr(0, item.find(';'))));
    const int weight = accept_weight(item);
    if (type == "text/html" || type == "application/xhtml+xml") html = std::max(html, weight);
    if (type == "application/json" || type == "application/problem+json") {
      json = std::max(json, weight);
    }
    if (type == "*/*") any = weight;
  }
  return html > 0 && html > (json < 0 ? any : json);
}

}  // namespace flead::http
