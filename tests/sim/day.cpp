#include "sim/day.h"

#include <algorithm>
#include <array>

#include "core/base/process.h"
#include "core/base/text.h"
#include "core/base/time.h"
#include "core/channels/identity.h"
#include "core/channels/outbox.h"
#include "core/tenants/tenant.h"
#include "support/catch.h"

namespace flead::sim {
namespace {

constexpr const char* k_hook_secret = "s3cret-word";

// Each day far from the clocks of all other cases: ids begin with their time, and a process keeps
// the paces of its channels by their ids, which would be the same under the same seed and clock.
TimeMs next_begin(TimeMs now) {
  static std::int64_t k_days = 0;
  return now + 60 * k_day_ms * ++k_days;
}

template <std::size_t size>
std::string_view pick(Random& chance, const std::array<std::string_view, size>& words) {
  return words[static_cast<std::size_t>(chance.below(size))];
}

std::string padded(std::size_t number, std::size_t digits) {
  std::string text = std::to_string(number);
  return std::string(digits - std::min(digits, text.size()), '0') + text;
}

std::string draw_kind(Random& chance) {
  constexpr std::array<std::string_view, 20> k_kinds = {
      "telegram", "telegram", "telegram", "telegram",  "max",       "max", "max", "vk", "vk", "vk",
      "whatsapp", "whatsapp", "whatsapp", "instagram", "instagram", "",    "",    "",   "",   ""};
  return std::string(pick(chance, k_kinds));
}

bool tells_of_blocks(std::string_view kind) {
  return kind == "telegram" || kind == "max" || kind == "vk";
}

// The word that the provider knows this person by from now on: WhatsApp has two.
std::string user_id_in(const channels::HttpRequest& request) {
  const auto json = parse_json(request.body);
  const Json* at = json ? json->find("entry") : nullptr;
  for (const std::string_view path : {"changes", "value.messages"}) {
    if (at == nullptr || at->items().empty()) return {};
    at = at->items().front().find(path);
  }
  if (at == nullptr || at->items().empty()) return {};
  return at->items().front().text("from_user_id").value_or("");
}

}  // namespace

Day::Day(std::uint64_t seed, std::size_t count)
    : chance(seed),
      store(test.store(), chance),
      net(World{test.clock(), chance}, store, chance),
      app{store, test.world(), test.app().config, test.app().key, net},
      table_(job_table()) {
  begin_ = next_begin(test.clock().now());
  test.clock().set(begin_);
  operates_at_ = begin_;
  // The name of a process of this machine that is gone: what it held is free at the next start,
  // and nobody asks while it works.
  const std::string here = process_name();
  worker_ = here.substr(0, here.rfind('/')) + "/1#1";
  // Which message a call is about is not always on the wire: its job knows.
  table_["message.send"] = [this](App& of, const jobs::Job& job) {
    net.current = MessageId(job.payload.text("message").value_or(job.subject_id));
    return channels::send_message(of, job);
  };
  net.on_accept = [this](const Accepted& one) { take_accepted(one); };
  add_channels();
  for (std::size_t number = 0; number < count; ++number) add_person(number);
}

void Day::add_channel(const std::string& kind, Json config, const std::string& secret) {
  channels::NewChannel input;
  input.kind = kind;
  if (kind != "email") config.set("base_url", std::string(k_mock_url) + "/" + kind);
  input.config = std::move(config);
  input.secret = secret;
  if (kind != "email") input.hook_secret = k_hook_secret;
  auto made = test.store().write([&](store::Tx& tx) {
    return channels::add(test.world(), tx, app.key, test.tenant().id, input);
  });
  REQUIRE(made);
  channels_[kind] = *made;
}

void Day::add_channels() {
  add_channel("telegram", Json::object(), "700:open-sesame");
  add_channel("max", Json::object(), "open-sesame");
  add_channel("vk", Json::object(), "vk1.a.open-sesame");
  add_channel("instagram", Json::object(), "open-sesame");
  const Json greeting = Json::object({{"name", "lead_greeting"},
                                      {"language", "ru"},
                                      {"parameters", Json::array({"name|друг"})},
                                      {"button", true},
                                      {"button_prefix", "http://flead.test/"}});
  add_channel("whatsapp",
              Json::object({{"phone_number_id", "1065"},
                            {"templates", Json::object({{"lead.greeting", greeting}})}}),
              "open-sesame");
  add_channel("sms", Json::object({{"login", "acme"}}), "open-sesame");
  add_channel("email",
              Json::object({{"base_url", "smtps://mail.acme.test:465"},
                            {"from", "hi@acme.test"},
                            {"user", "hi@acme.test"}}),
              "open-sesame");
  Json approved = Json::object({{"name", "lead_greeting"}, {"language", "ru"}});
  approved.set("body", 1).set("url", 1);
  net.set_account("whatsapp", Json::object({{"templates", Json::array({approved})}}));
  net.set_account("sms", Json::object({{"balance", "9000000.00"}}));
  // Without times: a step that is given up by the clock writes twice on purpose.
  REQUIRE(test.store().write([&](store::Tx& tx) -> Status {
    FLEAD_CHECK(tenants::set_setting(test.world(), tx, test.tenant().id, "route",
                                     "telegram, max, vk, instagram, whatsapp, email, sms"));
    return tenants::set_setting(test.world(), tx, test.tenant().id, "quiet.hours", "23:00-07:00");
  }));
}

// ---- who they are ------------------------------------------------------------------------------

void Day::add_person(std::size_t number) {
  Person person;
  person.number = number;
  person.kind = draw_kind(chance);
  if (person.kind == "whatsapp") {
    person.address = "7917" + padded(1'000'000 + number, 7);
    owners_["sms:+" + person.address] = number;  // what WhatsApp vouches for is a phone, too
  } else if (!person.kind.empty()) {
    person.address = std::to_string(100'000 + number);
  }
  if (person.kind.empty() || rolls(80)) person.fields = form_fields(person);
  if (!person.kind.empty()) owners_[person.kind + ":" + person.address] = number;
  const TimeMs at = begin_ + static_cast<TimeMs>(chance.below(k_day_ms));
  TimeMs first = at;
  if (!person.fields.empty()) {
    plan_.emplace(at, Act{number, Verb::post});
    first = soon(at);
  }
  const bool messenger = !person.kind.empty() && person.kind != "sms";
  if (messenger && (person.fields.empty() || rolls(75))) {
    plan_.emplace(first, Act{number, person.fields.empty() ? Verb::hello : Verb::start});
    plan_story(person, first);
  } else if (person.kind == "sms" && rolls(30)) {
    // One word each: SMSC names no time, so nobody could tell which of two came first.
    plan_.emplace(first, Act{number, rolls(50) ? Verb::write : Verb::stop});
  }
  people.push_back(std::move(person));
}

// What they fill in. Some mailboxes and numbers are wrong, in each way that the doubles know.
std::string Day::form_fields(Person& person) {
  const std::size_t number = person.number;
  std::string fields;
  if (rolls(50)) {
    const std::string mailbox =
        (rolls(6) ? "gone" : "p") + std::to_string(number) + "@example.test";
    fields += R"(,"email":")" + mailbox + '"';
    owners_["email:" + mailbox] = number;
  }
  if (rolls(50)) {
    constexpr std::array<std::string_view, 5> k_bad = {"003", "006", "007", "008", "020"};
    const std::string last(rolls(10) ? pick(chance, k_bad) : "111");
    const std::string phone = "+7916" + padded(1'000 + number, 4) + last;
    fields += R"(,"phone":")" + phone + '"';
    owners_["sms:" + phone] = number;
    if (person.kind.empty()) {
      person.kind = "sms";
      person.address = phone.substr(1);
    }
  }
  if (person.kind == "whatsapp" ? rolls(50) : rolls(5)) {
    const std::string digits = "7917" + padded(1'000'000 + number, 7);
    fields += R"(,"whatsapp":"+)" + digits + '"';
    owners_["whatsapp:" + digits] = number;
    if (rolls(10)) {
      net.set_account("whatsapp", Json::object({{"refuse", Json::object({{digits, 131026}})}}));
    }
  }
  if (fields.empty() || rolls(10)) fields += R"(,"telegram":"user)" + std::to_string(number) + '"';
  return fields;
}

// Many do the next thing at once: that is when it meets what we are still sending.
TimeMs Day::soon(TimeMs at) {
  const std::int64_t within = rolls(40) ? 30 * k_second_ms : 2 * k_hour_ms;
  return at + k_second_ms + static_cast<TimeMs>(chance.below(static_cast<std::uint64_t>(within)));
}

void Day::plan_story(const Person& person, TimeMs at) {
  const auto next = [&](Verb verb) {
    at = soon(at);
    plan_.emplace(at, Act{person.number, verb});
  };
  const std::uint64_t roll = chance.below(100);
  if (roll < 20) return;
  if (roll < 50 || roll >= 90) next(Verb::write);
  if (roll < 35) next(Verb::write);
  if (roll >= 50 && roll < 62) next(rolls(50) ? Verb::press : Verb::human);
  if ((roll >= 62 && roll < 76) || roll >= 90) {
    next(Verb::stop);
    if (rolls(40)) next(rolls(50) ? Verb::start : Verb::write);
  }
  if (roll >= 76 && roll < 90) {
    next(tells_of_blocks(person.kind) ? Verb::block : Verb::stop);
    if (rolls(50)) next(tells_of_blocks(person.kind) && rolls(50) ? Verb::unblock : Verb::start);
  }
}

// ---- what they do ------------------------------------------------------------------------------

void Day::post(Person& person) {
  const auto reply = test.post("/api/v1/leads", R"({"name":"Лид )" + std::to_string(person.number) +
                                                    R"(","consent":{"purposes":["processing"]})" +
                                                    person.fields + "}");
  CAPTURE(reply.body);
  REQUIRE(reply.status == 201);
  person.lead = LeadId(test.body_of(reply).text("id").value_or(""));
  by_lead_[person.lead.text()] = person.number;
}

Json Day::addressed(std::string_view kind, std::string_view address) {
  const channels::Channel& channel = channels_.at(std::string(kind));
  Json wish = Json::object({{"url", channels::hook_url(app, channel)}, {"secret", k_hook_secret}});
  const std::string text(address);
  if (kind == "telegram" || kind == "max") return wish.set("chat", std::int64_t{std::stol(text)});
  if (kind == "vk") return wish.set("user", std::int64_t{std::stol(text)});
  return wish.set(kind == "sms" ? "phone" : "from", text);
}

Json Day::wish_of(const Person& person, Verb verb) {
  static constexpr std::array<std::string_view, 4> k_stops = {"стоп", "СТОП!", "/stop",
                                                              "Отписаться"};
  static constexpr std::array<std::string_view, 3> k_humans = {"человек", "/human",
                                                               "Позовите оператора"};
  Json wish = addressed(person.kind, person.address);
  const bool sms = person.kind == "sms";
  const std::string_view name = sms ? "mes" : "text";
  wish.set("type", sms ? "sms" : "message");
  const std::string number = std::to_string(person.words);
  switch (verb) {
    case Verb::post:
    case Verb::hello:
    case Verb::write:
      return wish.set(name, "Здравствуйте, сколько это стоит? " + number);
    case Verb::stop:
      return wish.set(name, pick(chance, k_stops));
    case Verb::human:
      return wish.set(name, pick(chance, k_humans));
    case Verb::start: {
      wish.set("type", "start");
      if (person.lead.empty()) return wish;
      const std::string token = channels::make_start_token(
          app.key, person.lead, test.clock().now() + k_start_token_age_ms);
      const bool payload = person.kind == "telegram" || person.kind == "max";
      return wish.set(payload ? "payload" : "ref", token);
    }
    case Verb::press:
      wish.set("type", "button");
      if (person.kind == "vk") return wish.set("payload", Json::object({{"p", "human"}}));
      return wish.set("payload", "human");
    case Verb::block:
      return wish.set("type", person.kind == "vk" ? "deny" : "block");
    case Verb::unblock:
      return wish.set("type", person.kind == "vk" ? "allow" : "unblock");
  }
  return wish;
}

void Day::act(const Act& act) {
  Person& person = people[act.person];
  if (act.verb == Verb::post) return post(person);
  const auto request = net.happen(person.kind, wish_of(person, act.verb));
  if (!request) return;
  if (person.kind == "whatsapp") learn_address(person, *request);
  ++person.words;
  person.blocked = act.verb == Verb::block;
  person.closed = person.blocked || act.verb == Verb::stop ? person.kind : "";
  person.known = false;
  Hook hook;
  if (!person.closed.empty()) hook.closes = act.person;
  hook.word = person.words;
  send_hook(*request, std::move(hook));
}

void Day::learn_address(const Person& person, const channels::HttpRequest& request) {
  if (const std::string id = user_id_in(request); !id.empty()) {
    owners_["whatsapp:" + id] = person.number;
  }
}

// ---- the wire back -----------------------------------------------------------------------------

// Most calls come at once, some late and behind younger ones, some twice.
void Day::send_hook(const channels::HttpRequest& request, Hook hook) {
  hook.request = request;
  const auto delay = [&]() -> TimeMs {
    const std::uint64_t roll = chance.below(10);
    const std::int64_t within = roll < 7   ? 2 * k_second_ms
                                : roll < 9 ? 5 * k_minute_ms
                                           : 40 * k_minute_ms;
    return static_cast<TimeMs>(chance.below(static_cast<std::uint64_t>(within)));
  };
  const TimeMs now = test.clock().now();
  wire_.emplace(now + delay(), hook);
  hook.copy = true;
  for (int copies = 0; copies < 3 && rolls(8); ++copies) wire_.emplace(now + delay(), hook);
}

void Day::deliver(const Hook& hook) {
  http::Headers headers;
  for (const auto& [name, value] : hook.request.headers) {
    headers.emplace_back(ascii_lower(name), value);
  }
  const std::string target = hook.request.url.substr(app.config.base_url.size());
  const auto reply =
      test.request(hook.request.method, target, hook.request.body, "-", std::move(headers));
  ++counts.hooks;
  counts.copies += hook.copy ? 1 : 0;
  counts.refused += reply.status == 200 ? 0 : 1;
  if (hook.closes) unread_.push_back({*hook.closes, hook.word, test.clock().now()});
  if (!hook.read.empty()) told_read.insert(hook.read);
}

const Person* Day::owner(std::string_view kind, std::string_view address) const {
  const auto found = owners_.find(std::string(kind) + ":" + std::string(address));
  return found == owners_.end() ? nullptr : &people[found->second];
}

void Day::take_accepted(const Accepted& one) {
  tell_receipts(one);
  const Person* found = owner(one.kind, one.address);
  if (found == nullptr) {
    ++counts.strangers;
    return;
  }
  const Person& person = *found;
  if (person.closed.empty()) return;
  if (person.closed != one.kind) {
    counts.elsewhere += person.blocked ? 0 : 1;
  } else if (person.known) {
    counts.after_stop.push_back(one.kind + " " + one.message.text());
  } else {
    ++counts.crossed;
  }
}

void Day::tell_receipts(const Accepted& one) {
  const auto tell = [&](Json wish, std::string read = "") {
    const auto request = net.happen(one.kind, wish);
    if (!request) return;
    Hook hook;
    hook.read = std::move(read);
    send_hook(*request, std::move(hook));
  };
  if (one.kind == "sms" && rolls(70)) {
    const std::string digits = one.address.substr(1);
    const int status = digits.ends_with("003") ? 3 : digits.ends_with("020") ? 20 : 1;
    tell(addressed("sms", digits)
             .set("type", "status")
             .set("id", one.provider_id)
             .set("status", status));
  }
  if (one.kind == "instagram" && rolls(50)) {
    tell(addressed("instagram", one.address).set("type", "seen").set("id", one.provider_id),
         one.message.text());
  }
  if (one.kind != "whatsapp") return;
  const Json wish =
      addressed("whatsapp", one.address).set("type", "status").set("id", one.provider_id);
  const auto status = [&](std::string_view word) {
    Json changed = wish;
    return changed.set("status", word);
  };
  tell(status("sent"));
  if (rolls(4)) return tell(status("failed"));
  if (rolls(90)) tell(status("delivered"));
  if (rolls(60)) tell(status("read"), one.message.text());
}

}  // namespace flead::sim
