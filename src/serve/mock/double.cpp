#include "serve/mock/double.h"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <utility>

#include "core/base/limits.h"
#include "core/base/text.h"
#include "serve/http/problem.h"

namespace flead::serve::mock {

namespace {

constexpr std::size_t k_requests_kept_max = 10'000;
constexpr std::size_t k_script_max = 1'000;
constexpr std::int64_t k_delay_max_ms = 60'000;
constexpr std::size_t k_mock_body_max = 256 * 1024;
constexpr int k_own_calls_max = 1'000;  // in one go: calls may lead to calls

void read_form(std::string_view text, Fields& fields) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('&'), text.size());
    const std::string_view pair = text.substr(0, end);
    const std::size_t equals = pair.find('=');
    if (equals != std::string_view::npos && fields.size() < k_form_values_max) {
      fields[percent_decode(pair.substr(0, equals), true)] =
          percent_decode(pair.substr(equals + 1), true);
    }
    text.remove_prefix(end == text.size() ? end : end + 1);
  }
}

Call read_call(std::string_view kind, const http::Request& request) {
  Call call;
  call.method = request.method;
  call.path = request.path.substr(kind.size() + 1);
  call.headers = request.headers;
  call.content_type = request.content_type();
  call.body = request.body;
  for (const auto& [name, value] : request.query) call.query[name] = value;
  call.fields = call.query;
  if (call.content_type == "application/json") {
    const auto json = parse_json(request.body);
    if (!json) return call;
    for (const auto& [name, value] : json->members()) {
      call.fields[name] = value.text() ? *value.text() : value.dump();
    }
  } else {
    read_form(request.body, call.fields);
  }
  return call;
}

Json fields_json(const Fields& fields) {
  Json out = Json::object();
  for (const auto& [name, value] : fields) out.set(name, value);
  return out;
}

http::Reply raw_reply(int status, std::string body) {
  http::Reply reply;
  reply.status = status;
  const bool json = body.starts_with('{') || body.starts_with('[');
  reply.header("content-type", json ? "application/json" : "text/plain; charset=utf-8");
  reply.body = std::move(body);
  return reply;
}

http::Reply bad_wish(std::string_view why) {
  return http::problem(400, "bad_request", why);
}

}  // namespace

std::string Call::field(std::string_view name) const {
  const auto found = fields.find(name);
  return found == fields.end() ? std::string() : found->second;
}

std::string_view Call::header(std::string_view lower_case_name) const {
  for (const auto& [name, value] : headers) {
    if (name == lower_case_name) return value;
  }
  return {};
}

void Server::add(std::unique_ptr<ProviderDouble> provider) {
  const std::string kind(provider->kind());
  entries_[kind].provider = std::move(provider);
}

std::vector<http::Route> Server::routes() {
  std::vector<http::Route> table;
  // Patterns are views: they live as long as the program, like those of a static table.
  static std::deque<std::string> patterns;
  const auto add_route = [&](std::string_view method, std::string pattern, http::Handler handler) {
    patterns.push_back(std::move(pattern));
    http::Route route;
    route.method = method;
    route.pattern = patterns.back();
    route.handler = std::move(handler);
    route.body_bytes_max = k_mock_body_max;
    route.body_types = {};
    route.counted = false;  // a double refuses as its script says
    table.push_back(std::move(route));
  };
  for (auto& [kind, entry] : entries_) {
    Entry* one = &entry;
    for (const std::string& path : entry.provider->paths()) {
      for (const std::string_view method : entry.provider->methods()) {
        add_route(method, "/" + kind + path, [this, one](App&, const http::Request& request) {
          return receive(*one, request);
        });
      }
    }
    const std::string control = "/_mock/" + kind;
    add_route("GET", control + "/requests",
              [this, one](App&, const http::Request&) { return list(*one); });
    add_route("POST", control + "/script",
              [this, one](App&, const http::Request& request) { return script(*one, request); });
    add_route("POST", control + "/event",
              [this, one](App&, const http::Request& request) { return event(*one, request); });
    add_route("POST", control + "/account",
              [this, one](App&, const http::Request& request) { return account(*one, request); });
    add_route("POST", control + "/deliver", [this, one](App&, const http::Request&) {
      return http::json_reply(200, Json::object({{"data", deliver(*one)}}));
    });
  }
  return table;
}

std::optional<Server::Scripted> Server::next_scripted(Entry& entry) {
  if (entry.script.empty()) return std::nullopt;
  Scripted next = entry.script.front();
  if (--entry.script.front().times <= 0) entry.script.pop_front();
  return next;
}

// A provider's slowness takes a worker of the double and nothing else.
void Server::wait(std::int64_t delay_ms) {
  std::mutex own;
  std::condition_variable never;
  std::unique_lock lock(own);
  never.wait_for(lock, std::chrono::milliseconds(delay_ms), [] { return false; });
}

http::Reply Server::receive(Entry& entry, const http::Request& request) {
  http::Reply reply;
  std::int64_t delay_ms = 0;
  {
    const std::lock_guard lock(mutex_);
    const Call call = read_call(entry.provider->kind(), request);
    const auto scripted = next_scripted(entry);
    if (!scripted || scripted->act || scripted->own) reply = entry.provider->answer(call);
    delay_ms = entry.provider->take_wait_ms();
    if (scripted) delay_ms = scripted->delay_ms;
    if (scripted && !scripted->own) {
      reply = raw_reply(scripted->status, scripted->body);
      if (scripted->retry_after_s > 0) {
        reply.header("retry-after", std::to_string(scripted->retry_after_s));
      }
    }
    if (entry.requests.size() >= k_requests_kept_max) entry.requests.pop_front();
    entry.requests.push_back(Json::object({{"at", format_time(world_.clock.now())},
                                           {"method", request.method},
                                           {"path", call.path},
                                           {"content_type", call.content_type},
                                           {"fields", fields_json(call.fields)},
                                           {"body", call.body},
                                           {"answered", reply.status}}));
  }
  if (delay_ms > 0) wait(delay_ms);
  return reply;
}

http::Reply Server::list(Entry& entry) {
  const std::lock_guard lock(mutex_);
  Json data = Json::array();
  for (const Json& request : entry.requests) data.push(request);
  return http::json_reply(
      200, Json::object({{"data", std::move(data)}, {"has_more", false}, {"next_cursor", Json()}}));
}

// One item of a script. A word that is misspelt or of another type would quietly test nothing.
Result<Server::Scripted> Server::read_scripted(const Json& item) {
  if (!item.is_object()) return usage_error("bad_script", "Each item of \"then\" is an object");
  Scripted one;
  one.own = true;
  for (const auto& [name, value] : item.members()) {
    const auto number = value.integer();
    const auto in = [&](std::int64_t least, std::int64_t most) {
      return number && *number >= least && *number <= most;
    };
    bool good = true;
    if (name == "status") {
      good = in(200, 599);
      one.status = static_cast<int>(number.value_or(200));
    } else if (name == "times") {
      good = in(1, INT64_MAX);
      one.times = number.value_or(1);
    } else if (name == "delay_ms") {
      good = in(0, k_delay_max_ms);
      one.delay_ms = number.value_or(0);
    } else if (name == "retry_after_s") {
      good = in(0, 86'400);
      one.retry_after_s = number.value_or(0);
    } else if (name == "act") {
      good = value.boolean().has_value();
      one.act = value.boolean().value_or(false);
    } else if (name == "body") {
      if (!value.is_null()) one.body = value.is_text() ? *value.text() : value.dump();
    } else {
      return usage_error("bad_script", "An item has no \"" + repair_utf8(name) +
                                           "\": status, body, times, delay_ms, retry_after_s, act");
    }
    if (name == "status" || name == "body" || name == "retry_after_s") one.own = false;
    if (!good) {
      return usage_error("bad_script",
                         "status is 200 to 599, times at least 1, delay_ms at most 60000, "
                         "retry_after_s at most 86400, act true or false");
    }
  }
  return one;
}

http::Reply Server::script(Entry& entry, const http::Request& request) {
  const auto wish = parse_json(request.body);
  if (!wish || wish->find("then") == nullptr || !wish->find("then")->is_array()) {
    return bad_wish("A script is {\"then\":[{\"status\":429,\"body\":…,\"times\":1}]}");
  }
  std::deque<Scripted> next;
  for (const Json& item : wish->find("then")->items()) {
    auto one = read_scripted(item);
    if (!one) return bad_wish(one.error().message);
    next.push_back(std::move(*one));
  }
  const std::lock_guard lock(mutex_);
  if (entry.script.size() + next.size() > k_script_max) return bad_wish("The script is too long");
  for (Scripted& one : next) entry.script.push_back(std::move(one));
  return http::json_reply(
      200, Json::object({{"queued", static_cast<std::int64_t>(entry.script.size())}}));
}

http::Reply Server::event(Entry& entry, const http::Request& request) {
  const auto wish = parse_json(request.body);
  if (!wish || !wish->is_object()) return bad_wish("An event is an object");
  channels::HttpRequest call;
  {
    const std::lock_guard lock(mutex_);
    auto made = entry.provider->event(*wish);
    if (!made) return http::failure(made.error());
    call = std::move(*made);
  }
  Json replies = Json::array();
  if (call.url.empty()) {
    return http::json_reply(200, Json::object({{"data", std::move(replies)}, {"kept", true}}));
  }
  const std::int64_t times = std::clamp<std::int64_t>(wish->integer("times").value_or(1), 1, 100);
  for (std::int64_t i = 0; i < times; ++i) {
    const channels::HttpReply reply = transport_.http(call);
    {
      const std::lock_guard lock(mutex_);
      entry.provider->answered(reply);
    }
    replies.push(
        Json::object({{"status", reply.status}, {"body", reply.body}, {"error", reply.error}}));
  }
  return http::json_reply(200, Json::object({{"data", std::move(replies)}}));
}

http::Reply Server::account(Entry& entry, const http::Request& request) {
  const auto wish = parse_json(request.body);
  if (!wish || !wish->is_object()) return bad_wish("The account is an object");
  const std::lock_guard lock(mutex_);
  if (const auto checked = entry.provider->check_account(*wish); !checked) {
    return http::failure(checked.error());
  }
  return http::json_reply(200, entry.provider->account(*wish));
}

Json Server::deliver(Entry& entry) {
  Json calls = Json::array();
  for (int i = 0; i < k_own_calls_max; ++i) {
    std::optional<ProviderDouble::OwnCall> call;
    {
      const std::lock_guard lock(mutex_);
      call = entry.provider->next_call();
    }
    if (!call) break;
    const channels::HttpReply reply = transport_.http(call->request);
    const std::lock_guard lock(mutex_);
    entry.provider->own_answered(call->number, reply);
    calls.push(
        Json::object({{"event", call->event}, {"status", reply.status}, {"error", reply.error}}));
  }
  return calls;
}

void Server::deliver_due() {
  for (auto& [kind, entry] : entries_) deliver(entry);
}

}  // namespace flead::serve::mock
