#include "sim/world.h"

#include <utility>

#include "core/base/form.h"
#include "core/base/text.h"
#include "sim/faults.h"
#include "support/catch.h"

namespace flead::sim {
namespace {

using channels::HttpReply;
using channels::HttpRequest;

// The process may also end between a provider's act and what we write of it.
constexpr std::uint64_t k_die_in_call_one_in = 150;

std::string kind_of_url(std::string_view url) {
  if (!url.starts_with(k_mock_url)) return {};
  const std::string_view rest = url.substr(k_mock_url.size() + 1);
  return std::string(rest.substr(0, rest.find('/')));
}

bool is_send(std::string_view label) {
  for (const std::string_view send : {"telegram sendMessage", "max send", "vk messages.send",
                                      "whatsapp send", "instagram send", "sms send"}) {
    if (label == send) return true;
  }
  return false;
}

bool fits_pattern(std::string_view pattern, std::string_view path) {
  const std::vector<std::string> names = split(pattern, '/');
  const std::vector<std::string> parts = split(path, '/');
  if (names.size() != parts.size()) return false;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (!names[i].starts_with('{') && names[i] != parts[i]) return false;
  }
  return true;
}

std::string form_field(std::string_view form, std::string_view name) {
  const auto pairs = parse_form(form);
  return pairs ? form_value(*pairs, name).value_or("") : "";
}

std::string json_id(const Json& json, std::string_view path) {
  if (const auto number = json.integer(path)) return std::to_string(*number);
  return json.text(path).value_or("");
}

// The provider's id in an answer that says "taken"; "" in any other.
std::string id_of_answer(const std::string& kind, const Json& json) {
  if (kind == "telegram") {
    const std::string id = json_id(json, "result.message_id");
    return id.empty() ? id : json_id(json, "result.chat.id") + ":" + id;
  }
  if (kind == "max") return json_id(json, "message.body.mid");
  if (kind == "vk") return json_id(json, "response");
  if (kind == "instagram") return json_id(json, "message_id");
  if (kind == "sms") return json.find("error_code") == nullptr ? json_id(json, "id") : "";
  const Json* messages = json.find("messages");
  const bool any = messages != nullptr && !messages->items().empty();
  return any ? json_id(messages->items().front(), "id") : "";
}

// Whom and what a request was about, read as the provider reads it.
Accepted read_wire(const std::string& kind, const HttpRequest& request) {
  Accepted out;
  out.kind = kind;
  if (kind == "vk" || kind == "sms") {
    out.address = form_field(request.body, kind == "vk" ? "peer_id" : "phones");
    out.text = form_field(request.body, kind == "vk" ? "message" : "mes");
    return out;
  }
  const auto parsed = parse_json(request.body);
  const Json body = parsed ? *parsed : Json();
  if (kind == "telegram") out.address = json_id(body, "chat_id");
  if (kind == "max") {
    out.address = form_field(request.url.substr(request.url.find('?') + 1), "user_id");
  }
  if (kind == "instagram") out.address = json_id(body, "recipient.id");
  if (kind == "whatsapp") out.address = json_id(body, body.find("to") ? "to" : "recipient");
  for (const std::string_view path : {"text", "text.body", "interactive.body.text", "message.text",
                                      "message.attachment.payload.text"}) {
    if (const auto text = body.text(path)) out.text = *text;
  }
  if (const Json* approved = body.find("template")) out.text = approved->dump();
  return out;
}

}  // namespace

void DyingStore::live(std::uint64_t most) {
  dead_ = false;
  left_ = most == 0 ? 0 : 1 + chance_.below(most);
}

void DyingStore::die() {
  dead_ = true;
  ++deaths_;
  throw Killed();
}

Status DyingStore::run_write(const std::function<Status(store::Tx&)>& work) {
  check_alive();
  const bool last = left_ > 0 && --left_ == 0;
  // Before the commit: all that was done since the one before is unknown to the next process.
  if (last && chance_.below(2) == 0) die();
  Status done = inner_.run_write(work);
  if (last) die();  // after it: nothing that was to follow has happened
  return done;
}

Status DyingStore::run_read(const std::function<Status(store::Tx&)>& work) {
  check_alive();
  return inner_.run_read(work);
}

void DyingStore::write_later(std::function<Status(store::Tx&)> work,
                             std::function<void(Status)> done) {
  check_alive();
  inner_.write_later(std::move(work), std::move(done));
}

Net::Net(World world, DyingStore& store, Random& chance)
    : world_(world),
      store_(store),
      chance_(chance),
      app_{store, world, Config{}, SealKey(), *this},
      server_(world, *this) {
  server_.add(serve::mock::make_telegram_double(world));
  server_.add(serve::mock::make_max_double(world));
  server_.add(serve::mock::make_vk_double(world));
  server_.add(serve::mock::make_whatsapp_double(world));
  server_.add(serve::mock::make_instagram_double(world));
  server_.add(serve::mock::make_sms_double(world));
  routes_ = server_.routes();
}

http::Reply Net::ask(const http::Request& request) {
  for (const http::Route& route : routes_) {
    if (route.method == request.method && fits_pattern(route.pattern, request.path)) {
      return route.handler(app_, request);
    }
  }
  return http::text_reply(404, "");
}

HttpReply Net::call_double(const HttpRequest& request) {
  const std::string_view target = std::string_view(request.url).substr(k_mock_url.size());
  const std::size_t question = target.find('?');
  http::Request asked;
  asked.method = request.method;
  asked.path = percent_decode(target.substr(0, question));
  if (question != std::string_view::npos) {
    if (auto pairs = parse_form(target.substr(question + 1))) asked.query = std::move(*pairs);
  }
  for (const auto& [name, value] : request.headers) {
    asked.headers.emplace_back(ascii_lower(name), value);
  }
  asked.body = request.body;
  const http::Reply answer = ask(asked);
  HttpReply reply;
  reply.status = answer.status;
  reply.headers = answer.headers;
  reply.body = answer.body;
  for (const auto& [name, value] : answer.headers) {
    if (name == "retry-after") reply.retry_after_ms = std::stoll(value) * k_second_ms;
  }
  return reply;
}

HttpReply Net::http(const HttpRequest& request) {
  if (request.label == "mock event") {  // a double calls our hook: whoever asked for it delivers it
    captured_ = request;
    HttpReply taken;
    taken.status = 200;
    return taken;
  }
  store_.check_alive();
  ++calls;
  const std::string kind = kind_of_url(request.url);
  const bool send = is_send(request.label);
  Fault fault;
  if (faulty && send) {
    const bool repeat = kind == "vk" && taken_.contains(kind + current.text());
    fault = draw_fault(chance_, kind, repeat ? Asked::repeat : Asked::send);
  } else if (faulty && request.label == "sms status") {
    fault = draw_fault(chance_, kind, Asked::question);
  }
  if (fault.reply) ++faults;
  HttpReply reply;
  if (fault.acts) {
    reply = call_double(request);
    if (send) note(kind, request, reply);
  }
  if (send) maybe_die();
  return fault.reply ? *fault.reply : reply;
}

channels::SmtpReply Net::smtp(const channels::SmtpRequest& request) {
  store_.check_alive();
  ++calls;
  SmtpFault end = smtp_accepts();
  if (request.rcpt_to.starts_with("gone")) {
    end = smtp_no_such_user();
  } else if (faulty) {
    end = draw_smtp_fault(chance_);
  }
  using Stage = channels::SmtpReply::Stage;
  if (end.reply.stage != Stage::done) ++faults;
  if (!end.asks || request.probe) return end.reply;
  if (request.before_data && !request.before_data()) {
    channels::SmtpReply given_up;
    given_up.stage = Stage::data;
    return given_up;
  }
  if (end.takes) {
    Accepted one;
    one.kind = "email";
    one.address = request.rcpt_to;
    keep(std::move(one));
  }
  maybe_die();
  return end.reply;
}

void Net::note(const std::string& kind, const HttpRequest& request, const HttpReply& reply) {
  const auto json = parse_json(reply.body);
  const std::string id = reply.status == 200 && json ? id_of_answer(kind, *json) : "";
  if (id.empty()) return;
  // An SMS has the id that we gave it, so each one that is taken is another one.
  const std::string mark = kind == "sms" ? "#" + std::to_string(accepted.size()) : "";
  if (!ids_.insert(kind + id + mark).second) return;
  Accepted one = read_wire(kind, request);
  one.provider_id = id;
  keep(std::move(one));
}

void Net::keep(Accepted one) {
  one.message = current;
  one.at = world_.clock.now();
  taken_.insert(one.kind + current.text());
  accepted.push_back(one);
  if (on_accept) on_accept(one);
}

void Net::maybe_die() {
  if (faulty && chance_.below(k_die_in_call_one_in) == 0) store_.die();
}

void Net::set_account(std::string_view kind, const Json& wish) {
  http::Request request;
  request.method = "POST";
  request.path = "/_mock/" + std::string(kind) + "/account";
  request.body = wish.dump();
  REQUIRE(ask(request).status == 200);
}

std::optional<HttpRequest> Net::happen(std::string_view kind, const Json& wish) {
  http::Request request;
  request.method = "POST";
  request.path = "/_mock/" + std::string(kind) + "/event";
  request.body = wish.dump();
  captured_.reset();
  const http::Reply reply = ask(request);
  return reply.status == 200 ? std::exchange(captured_, std::nullopt) : std::nullopt;
}

}  // namespace flead::sim
