#include "core/upkeep/canary.h"

#include <algorithm>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "core/base/crypto.h"
#include "core/booking/offer.h"
#include "core/channels/channel.h"
#include "core/channels/email.h"
#include "core/channels/person.h"
#include "core/intake/consents.h"
#include "core/jobs/jobs.h"
#include "core/upkeep/erase.h"

namespace flead::upkeep {
namespace {

// A run that is older and has a lead was killed; none lasts so long.
constexpr std::int64_t k_stray_age_ms = 2 * k_hour_ms;
constexpr std::int64_t k_runs_kept_ms = 90 * k_day_ms;

// Who the canary says it is.
struct Person {
  std::string kind;  // of the channel that should reach it: email, sms, file
  std::string address;
};

Error no_address(std::string_view kind) {
  return usage_error("canary_address",
                     fmt::format("The canary needs an address of yours on the {} channel", kind),
                     "flead canary run --to ADDRESS, or flead config set canary.to ADDRESS");
}

std::string own_address(const channels::Channel& channel) {
  const auto mailbox = channels::email::parse_mailbox(channel.config.text("from").value_or(""));
  return mailbox ? canary_address(mailbox->address) : "";
}

// The address decides the channel; without one the channel that greets the tenant's leads does.
Result<Person> choose_person(App& app, const tenants::Tenant& tenant, const CanaryPlan& plan) {
  std::string to = plan.to;
  std::vector<channels::Channel> live;
  FLEAD_CHECK(app.store.read([&](store::Tx& tx) -> Status {
    if (to.empty()) {
      FLEAD_TRY(to, tenants::setting(app, tx, tenant.id, "canary.to"));
    }
    FLEAD_TRY(live, channels::list(tx, tenant.id));
    return {};
  }));
  if (!to.empty()) {
    return Person{to.find('@') == std::string::npos ? "sms" : "email", std::move(to)};
  }
  for (const channels::Provider& provider : channels::providers()) {
    if (!provider.capabilities.real) continue;
    const auto channel = std::find_if(live.begin(), live.end(),
                                      [&](const auto& one) { return one.kind == provider.kind; });
    if (channel == live.end()) continue;
    Person person{std::string(provider.kind), ""};
    if (person.kind == "email") person.address = own_address(*channel);
    if (person.address.empty()) return no_address(person.kind);
    return person;
  }
  return Person{"file", "canary@example.invalid"};  // no mail ever goes there: RFC 2606
}

// How one hop ended; an empty `trouble` is well.
struct Ending {
  std::string trouble;
  std::string detail;
};

class Flight {
 public:
  Flight(App& app, const tenants::Tenant& tenant, const CanaryPlan& plan, Person person)
      : app_(app), tenant_(tenant), plan_(plan), person_(std::move(person)) {
    url_ = plan.url.empty() ? app.config.base_url : plan.url;
    while (url_.ends_with('/')) url_.pop_back();
  }

  Result<intake::CanaryRun> fly() {
    FLEAD_CHECK(begin());
    const bool well = hop(k_hop_health, [this] { return ask_health(); }) &&
                      hop(k_hop_intake, [this] { return post(); }) &&
                      hop(k_hop_store, [this] { return look_in_store(); }) &&
                      hop(k_hop_channel, [this] { return follow_greeting(); }) &&
                      hop(k_hop_booking, [this] { return open_booking(); });
    const bool clean = hop(k_hop_removed, [this] { return remove(); });
    run_.state = well && clean ? "passed" : "failed";
    run_.ended_at = app_.world.clock.now();
    FLEAD_CHECK(app_.store.write([&](store::Tx& tx) { return intake::end_canary(tx, run_); }));
    return run_;
  }

 private:
  Status begin() {
    run_.id = new_id<intake::CanaryIdTag>(app_.world);
    run_.tenant = tenant_.id;
    run_.started_at = app_.world.clock.now();
    token_ = make_token(app_.world.random, "");
    return app_.store.write([&](store::Tx& tx) -> Status {
      FLEAD_CHECK(intake::prune_canaries(tx, tenant_.id, run_.started_at - k_runs_kept_ms));
      return intake::begin_canary(tx, run_, token_);
    });
  }

  template <class Step>
  bool hop(std::string_view name, Step step) {
    const std::int64_t from = app_.world.clock.steady_ms();
    const Ending ending = step();
    const bool well = ending.trouble.empty();
    run_.hops.push(Json::object({{"hop", name},
                                 {"ok", well},
                                 {"ms", app_.world.clock.steady_ms() - from},
                                 {"detail", well ? ending.detail : ending.trouble}}));
    return well;
  }

  channels::HttpReply call(std::string_view method, std::string url, std::string body = {}) {
    channels::HttpRequest request;
    request.method = method;
    request.url = std::move(url);
    request.label = "canary call";
    request.timeout_ms =
        static_cast<int>(std::min<std::int64_t>(plan_.wait_ms, k_request_timeout_ms));
    if (!body.empty()) {
      request.headers = {{"content-type", "application/json"},
                         {"accept", "application/json"},
                         {"authorization", "Bearer " + tenant_.publishable_key}};
      request.body = std::move(body);
    }
    return app_.transport.http(request);
  }

  static std::string not_answered(const channels::HttpReply& reply) {
    return reply.status == 0 ? "no answer: " + reply.error
                             : fmt::format("answered {}", reply.status);
  }

  Ending ask_health() {
    const auto reply = call("GET", url_ + "/healthz");
    return reply.status == 200 ? Ending{"", url_} : Ending{not_answered(reply), ""};
  }

  Ending post() {
    Json lead = Json::object(
        {{"name", "flead canary"},
         {"locale", tenant_.locale},
         {"message", "A test of the way from the form to the channel; removed by itself."},
         {"consent", Json::object({{"purposes", Json::array().push("processing")}})},
         {"custom", Json::object().set(intake::k_canary_field, token_)}});
    lead.set(person_.kind == "sms" ? "phone" : "email", person_.address);
    if (person_.kind != "file") lead.set("channel", person_.kind);
    const auto reply = call("POST", url_ + "/api/v1/leads", lead.dump());
    const auto answer = parse_json(reply.body);
    if (reply.status != 201) {
      const std::string why = answer ? answer->text("detail").value_or("") : "";
      return {not_answered(reply) + (why.empty() ? "" : ": " + why), ""};
    }
    lead_ = LeadId(answer ? answer->text("id").value_or("") : "");
    booking_url_ = answer ? answer->text("booking_url").value_or("") : "";
    return {"", lead_.text()};
  }

  Ending look_in_store() {
    const auto seen = app_.store.read([&](store::Tx& tx) -> Result<std::string> {
      FLEAD_TRY(const auto run, intake::find_canary(tx, run_.id));
      if (!run || !run->lead || *run->lead != lead_) {
        return std::string("the lead is not in this store: does the address serve another one?");
      }
      FLEAD_TRY(const auto events, intake::timeline(tx, tenant_.id, lead_, "", 1));
      if (events.empty()) return std::string("it has no event");
      FLEAD_TRY(const bool consent, intake::has_consent(tx, lead_, "processing"));
      if (!consent) return std::string("it has no consent");
      jobs::Filter filter;
      filter.subject_id = lead_.text();
      filter.kind = "lead.greet";
      filter.limit = 1;
      FLEAD_TRY(const auto jobs, jobs::list(tx, filter));
      return std::string(jobs.empty() ? "it has no job" : "");
    });
    return seen ? Ending{*seen, "event, consent, job"} : Ending{seen.error().message, ""};
  }

  // What became of the greeting so far: nothing while it is on its way.
  Result<std::optional<Ending>> greeting(store::Tx& tx) {
    FLEAD_TRY(const auto messages, channels::messages_of(tx, tenant_.id, lead_));
    on_its_way_ = messages.empty() ? "no message was made: does serve or work run?" : "";
    for (const auto& message : messages) {
      if (message.state == "sent" || message.state == "delivered") {
        return std::optional(Ending{"", message.channel_kind});
      }
      on_its_way_ = fmt::format("{}: {}{}", message.channel_kind, message.state,
                                message.provider_says.empty() ? "" : ", " + message.provider_says);
      if (message.state != "queued" && message.state != "sending") continue;
      FLEAD_TRY(const auto channel, channels::load_channel(tx, message.channel));
      if (channel.status == "active") return std::optional<Ending>();
      on_its_way_ = fmt::format("{}: the channel is {}, {}", channel.kind, channel.status,
                                channel.status_reason);
    }
    if (!messages.empty()) return std::optional(Ending{on_its_way_, ""});
    FLEAD_TRY(const auto events, intake::timeline(tx, tenant_.id, lead_, "", 20));
    for (const intake::Event& event : events) {
      if (event.kind == "message.unroutable") {
        return std::optional(Ending{"no channel reaches " + person_.address, ""});
      }
    }
    return std::optional<Ending>();
  }

  Ending follow_greeting() {
    const std::int64_t until = app_.world.clock.steady_ms() + plan_.wait_ms;
    while (true) {
      const auto seen = app_.store.read([&](store::Tx& tx) { return greeting(tx); });
      if (!seen) return {seen.error().message, ""};
      if (*seen) return **seen;
      if (app_.world.clock.steady_ms() >= until || !plan_.pause(k_canary_look_ms)) {
        return {on_its_way_.empty() ? "still on its way" : on_its_way_, ""};
      }
    }
  }

  Ending open_booking() {
    if (booking_url_.empty()) return {"the answer named no booking link", ""};
    const auto reply = call("GET", booking_url_);
    if (reply.status == 200) return {"", booking_url_.substr(0, booking_url_.find('?'))};
    if (reply.status == 303) return {"", "it leads to where the offer is booked"};
    // A tenant that offers no times yet has no such page, and knows.
    const auto offers =
        app_.store.read([&](store::Tx& tx) { return booking::list_offers(tx, tenant_.id); });
    const bool nothing = reply.status == 404 && offers && offers->empty();
    return nothing ? Ending{"", "no offer to book yet"} : Ending{not_answered(reply), ""};
  }

  // By the record and not by the answer: the lead may be in although the answer was lost.
  Ending remove() {
    const auto swept = sweep();
    return swept ? Ending() : Ending{swept.error().message, ""};
  }

  Status sweep() {
    FLEAD_TRY(auto runs, app_.store.read([&](store::Tx& tx) {
      return intake::stray_canaries(tx, tenant_.id, run_.started_at - k_stray_age_ms);
    }));
    FLEAD_TRY(const auto own,
              app_.store.read([&](store::Tx& tx) { return intake::find_canary(tx, run_.id); }));
    if (own && own->lead) runs.push_back(*own);
    for (intake::CanaryRun& run : runs) {
      const Status erased = erase_traceless(app_.world, app_.store, tenant_, *run.lead);
      if (!erased && erased.error().kind != ErrorKind::not_found) return erased;
      FLEAD_CHECK(app_.store.write([&](store::Tx& tx) -> Status {
        FLEAD_CHECK(intake::set_canary_lead(tx, run.id, std::nullopt));
        if (run.state != "running" || run.id == run_.id) return {};
        run.state = "failed";  // nobody is left to say how
        return intake::end_canary(tx, run);
      }));
    }
    return {};
  }

  App& app_;
  const tenants::Tenant& tenant_;
  const CanaryPlan& plan_;
  Person person_;
  std::string url_;
  std::string token_;
  intake::CanaryRun run_;
  LeadId lead_;
  std::string booking_url_;
  std::string on_its_way_;
};

}  // namespace

std::string canary_address(std::string_view address) {
  const std::size_t at = address.rfind('@');
  if (at == std::string_view::npos) return "";
  return std::string(address.substr(0, at)).append("+canary").append(address.substr(at));
}

Result<intake::CanaryRun> run_canary(App& app, const tenants::Tenant& tenant,
                                     const CanaryPlan& plan) {
  FLEAD_TRY(Person person, choose_person(app, tenant, plan));
  return Flight(app, tenant, plan, std::move(person)).fly();
}

std::string failed_hop(const intake::CanaryRun& run) {
  for (const Json& hop : run.hops.items()) {
    if (!hop.boolean("ok").value_or(false)) return hop.text("hop").value_or("");
  }
  return "";
}

Json to_json(const intake::CanaryRun& run) {
  const std::string failed = failed_hop(run);
  return Json::object({{"id", run.id.text()},
                       {"state", run.state},
                       {"failed_hop", failed.empty() ? Json() : Json(failed)},
                       {"started_at", format_time(run.started_at)},
                       {"ended_at", run.ended_at ? Json(format_time(*run.ended_at)) : Json()},
                       {"hops", run.hops}});
}

}  // namespace flead::upkeep
