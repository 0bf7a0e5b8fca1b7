// What the desk is told, one call after the other, each outcome kept before the next call: whatever
// line the power fails on, the next run goes on behind what was kept. A call that may have been
// acted on is never repeated blindly: contacts and conversations are looked for before they are
// made, and lines are known by their source_id.
#include <algorithm>
#include <functional>
#include <utility>

#include <fmt/format.h>

#include "core/base/log.h"
#include "core/base/text.h"
#include "core/base/time.h"
#include "core/channels/channels_store.h"
#include "core/channels/chat.h"
#include "core/channels/chatwoot.h"
#include "core/channels/desk.h"
#include "core/channels/desk_store.h"
#include "core/channels/inbox.h"
#include "core/channels/provider_call.h"
#include "core/intake/lead.h"

namespace flead::channels {
namespace {

using jobs::Outcome;

constexpr std::int64_t k_retry_ms = k_minute_ms;
constexpr std::int64_t k_lines_max = 50;    // told in one run; the rest at the next
constexpr std::int64_t k_history_max = 30;  // lines of the note
constexpr std::int64_t k_fates_max = 50;
constexpr std::int64_t k_checked_max = 20;  // conversations asked about in one run
constexpr std::int64_t k_check_every_ms = 5 * k_minute_ms;
constexpr std::int64_t k_pull_every_ms = 10 * k_second_ms;

struct Desk {
  Channel channel;
  Account account;
  DeskThread thread;
  tenants::Tenant tenant;
  intake::Lead lead;
};

// Nothing: there is no conversation any more, or no desk to have it at.
Result<std::optional<Desk>> load_desk(App& app, const LeadId& lead) {
  return app.store.read([&](store::Tx& tx) -> Result<std::optional<Desk>> {
    FLEAD_TRY(auto thread, desk_store::by_lead(tx, lead));
    if (!thread) return std::optional<Desk>();
    Desk desk;
    desk.thread = std::move(*thread);
    FLEAD_TRY(desk.channel, load_channel(tx, desk.thread.channel));
    if (desk.channel.status == "removed") return std::optional<Desk>();
    FLEAD_TRY(desk.tenant, tenants::load(tx, desk.thread.tenant));
    FLEAD_TRY(desk.lead, intake::load(tx, desk.thread.tenant, lead));
    if (desk.channel.status != "active") return std::optional<Desk>(std::move(desk));
    FLEAD_TRY(desk.account, open_account(tx, app.key, desk.channel));
    return std::optional<Desk>(std::move(desk));
  });
}

std::string source_of(std::string_view id) {
  return std::string(chatwoot::k_source_prefix) + std::string(id);
}

chatwoot::Person person_of(const intake::Lead& lead) {
  return {source_of(lead.id.text()), lead.name, lead.email, lead.phone.value_or("")};
}

std::string one_line(const ChatLine& line) {
  return fmt::format("{} {} {}: {}", format_time(line.at).substr(0, 16), line.channel_kind,
                     line.ours ? "←" : "→", line.text);
}

// What an operator has to know before the first word; private, so never shown to the lead.
std::string introduction(const Desk& desk, const std::vector<ChatLine>& history) {
  const intake::Lead& lead = desk.lead;
  const bool ru = desk.tenant.locale == "ru";
  std::string note;
  const auto add = [&](std::string_view name, std::string_view value) {
    if (!value.empty()) note += fmt::format("{}: {}\n", name, value);
  };
  const std::string_view why =
      desk.thread.why == "asked" ? (ru ? "просит человека" : "asks for a person")
      : desk.thread.why == "unreachable" ? (ru ? "не удалось связаться" : "could not be reached")
                                         : (ru ? "пишет" : "writes");
  add(ru ? "Заявка" : "Lead", fmt::format("{} ({})", lead.name.empty() ? "—" : lead.name, why));
  add(ru ? "Телефон" : "Phone", lead.phone.value_or(""));
  add("E-mail", lead.email);
  add("Telegram", lead.telegram);
  add("VK", lead.vk);
  add("WhatsApp", lead.whatsapp);
  add("MAX", lead.max);
  add(ru ? "Источник" : "Source", lead.utm.source.empty() ? lead.source : lead.utm.source);
  add(ru ? "Страница" : "Page", lead.page_url);
  add(ru ? "Сообщение" : "Message", lead.message);
  add(ru ? "Состояние" : "Status", lead.status);
  add(ru ? "Всё о заявке" : "All of it", "flead lead show " + lead.id.text());
  if (!history.empty()) note += ru ? "\nПереписка до сих пор:\n" : "\nThe conversation so far:\n";
  for (const ChatLine& line : history) note += one_line(line) + "\n";
  return std::string(trim(note));
}

// One run of desk.sync. `stop` ends it, with the outcome that the job has.
class Sync {
 public:
  Sync(App& app, Desk desk) : app_(app), desk_(std::move(desk)) {}

  Outcome run() {
    if (find_contact() && find_conversation() && learn_told() && introduce() && tell_lines() &&
        tell_state() && tell_fates()) {
      return Outcome::done([this_lead = desk_.lead.id](store::Tx& tx) -> Status {
        FLEAD_TRY(const auto thread, desk_store::by_lead(tx, this_lead));
        if (!thread) return {};
        FLEAD_TRY(const auto lines, desk_store::lines_after(tx, *thread, 1));
        FLEAD_TRY(const auto fates, desk_store::untold_fates(tx, thread->id, 1));
        if (lines.empty() && fates.empty() && thread->wanted.empty()) return {};
        return conflict("desk_behind", "More came while this was told");
      });
    }
    return std::move(stop_);
  }

 private:
  using Answer = chatwoot::Answer;

  HttpReply call_desk(HttpRequest request) { return call(app_, desk_.account, std::move(request)); }

  // Ends the run for whatever is not `sent`.
  bool went_well(const Delivery& delivery) {
    const TimeMs now = app_.world.clock.now();
    if (delivery.verdict == Verdict::sent) return true;
    const std::string says = delivery.stage + ": " + delivery.says;
    if (delivery.verdict == Verdict::misconfigured) {
      log_error("channel.paused",
                {{"channel", desk_.channel.id.text()}, {"kind", desk_.channel.kind}});
      stop_ = Outcome::snooze(now + k_retry_ms, "the desk was paused",
                              [&app = app_, id = desk_.channel.id, says](store::Tx& tx) -> Status {
                                FLEAD_CHECK(pause(app.world, tx, id, says));
                                return {};
                              });
    } else if (delivery.verdict == Verdict::rejected) {
      stop_ = Outcome::dead(says);
    } else {
      stop_ = Outcome::snooze(now + std::max(delivery.retry_after_ms, k_retry_ms), says);
    }
    return false;
  }

  bool keep(const std::function<Status(store::Tx&)>& change) {
    const Status kept = app_.store.write(change);
    if (!kept) {
      stop_ = Outcome::snooze(app_.world.clock.now() + k_retry_ms, kept.error().message);
    }
    return kept.ok();
  }
  bool keep_place() {
    return keep([&](store::Tx& tx) {
      return desk_store::set_place(tx, desk_.thread, app_.world.clock.now());
    });
  }

  // The conversation was deleted there: the next run makes another.
  bool start_over() {
    desk_.thread.contact.clear();
    desk_.thread.conversation.clear();
    desk_.thread.introduced = false;
    if (keep_place()) {
      stop_ = Outcome::snooze(app_.world.clock.now() + k_second_ms,
                              "the conversation is gone there: a new one is made");
    }
    return false;
  }

  bool search_contact(std::string_view words) {
    if (words.empty() || !desk_.thread.contact.empty()) return true;
    const Answer found = chatwoot::parse_find_contact(
        call_desk(chatwoot::build_find_contact(desk_.account, words)), person_of(desk_.lead));
    desk_.thread.contact = found.id;
    return went_well(found.delivery);
  }

  bool find_contact() {
    if (!desk_.thread.contact.empty()) return true;
    const chatwoot::Person person = person_of(desk_.lead);
    if (!search_contact(person.identifier)) return false;
    if (desk_.thread.contact.empty()) {
      Answer made = chatwoot::parse_create_contact(
          call_desk(chatwoot::build_create_contact(desk_.account, person)));
      if (made.taken) {
        if (!search_contact(person.email) || !search_contact(person.phone)) return false;
        if (desk_.thread.contact.empty()) {
          // Taken by a contact that is another lead of ours: this one goes without them.
          made = chatwoot::parse_create_contact(call_desk(chatwoot::build_create_contact(
              desk_.account, {person.identifier, person.name, "", ""})));
        }
      }
      if (desk_.thread.contact.empty()) {
        if (!went_well(made.delivery)) return false;
        desk_.thread.contact = made.id;
      }
    }
    return keep_place();
  }

  bool find_conversation() {
    if (!desk_.thread.conversation.empty()) return true;
    const Answer found = chatwoot::parse_conversations(
        call_desk(chatwoot::build_conversations(desk_.account, desk_.thread.contact)),
        chatwoot::inbox_of(desk_.account));
    if (found.not_found) return start_over();
    if (!went_well(found.delivery)) return false;
    desk_.thread.conversation = found.id;
    if (found.id.empty()) {
      const Answer made = chatwoot::parse_open(
          call_desk(chatwoot::build_open(desk_.account, desk_.thread.contact, desk_.lead.id)));
      if (made.not_found) return start_over();
      if (!went_well(made.delivery)) return false;
      desk_.thread.conversation = made.id;
    }
    return keep_place();
  }

  bool learn_told() {
    chatwoot::Told told = chatwoot::parse_messages(
        call_desk(chatwoot::build_messages(desk_.account, desk_.thread.conversation)));
    if (told.not_found) return start_over();
    told_ = std::move(told.source_ids);
    return went_well(told.delivery);
  }

  bool is_told(const std::string& source) const {
    return std::find(told_.begin(), told_.end(), source) != told_.end();
  }

  bool post(const chatwoot::Line& line) {
    if (is_told(line.source_id)) return true;
    const Answer answer = chatwoot::parse_line(
        call_desk(chatwoot::build_line(desk_.account, desk_.thread.conversation, line)));
    if (answer.duplicate) return true;
    if (answer.not_found) return start_over();
    if (answer.delivery.verdict == Verdict::rejected) {
      // The lines behind it are not to wait for one that Chatwoot will not have.
      log_warning("desk.line_refused", {{"thread", desk_.thread.id.text()}});
      return true;
    }
    return went_well(answer.delivery);
  }

  // Labels and teams are a convenience: a desk without them is told all the same.
  bool introduce() {
    if (desk_.thread.introduced) return true;
    const auto page = app_.store.read([&](store::Tx& tx) {
      return read_thread(tx, desk_.thread.tenant, desk_.thread.lead, "", k_history_max);
    });
    std::vector<ChatLine> history;
    for (const ChatLine& line : page ? page->lines : std::vector<ChatLine>()) {
      if (id_suffix(line.id) <= desk_.thread.told) history.push_back(line);
    }
    if (!post({source_of("note:" + desk_.thread.id.text()), introduction(desk_, history), false,
               true})) {
      return false;
    }
    const std::string& conversation = desk_.thread.conversation;
    static_cast<void>(call_desk(chatwoot::build_label(desk_.account, conversation)));
    if (desk_.account.config.integer("team")) {
      static_cast<void>(call_desk(chatwoot::build_assign(desk_.account, conversation)));
    }
    desk_.thread.introduced = true;
    return keep_place();
  }

  bool tell_lines() {
    const auto lines = app_.store.read(
        [&](store::Tx& tx) { return desk_store::lines_after(tx, desk_.thread, k_lines_max); });
    if (!lines) return went_well(store_trouble(lines.error()));
    for (const ChatLine& line : *lines) {
      std::string words(trim(line.text));
      if (words.empty()) words = "[" + line.kind + "]";
      if (!post({source_of(line.id), words, !line.ours, false})) return false;
      const std::string told(id_suffix(line.id));
      desk_.thread.told = told;
      if (!keep([&](store::Tx& tx) -> Status {
            const TimeMs now = app_.world.clock.now();
            if (!line.ours) FLEAD_CHECK(desk_store::set_woken(tx, desk_.thread.id, now));
            return desk_store::set_told(tx, desk_.thread.id, told, now);
          })) {
        return false;
      }
    }
    return true;
  }

  bool tell_state() {
    if (desk_.thread.wanted.empty()) return true;
    const std::string wanted = desk_.thread.wanted;
    const Answer answer = chatwoot::parse_plain(
        call_desk(chatwoot::build_status(desk_.account, desk_.thread.conversation, wanted)));
    if (answer.not_found) return start_over();
    if (!went_well(answer.delivery)) return false;
    return keep([&](store::Tx& tx) {
      return desk_store::end_wanted(tx, desk_.thread.id, wanted, app_.world.clock.now());
    });
  }

  // What an operator's answer has come to. An older Chatwoot may not take it, and then goes
  // without.
  bool tell_fates() {
    const auto fates = app_.store.read(
        [&](store::Tx& tx) { return desk_store::untold_fates(tx, desk_.thread.id, k_fates_max); });
    if (!fates) return went_well(store_trouble(fates.error()));
    for (const desk_store::Fate& fate : *fates) {
      const Answer answer = chatwoot::parse_plain(call_desk(chatwoot::build_report(
          desk_.account, desk_.thread.conversation, fate.answer, fate.state, fate.error)));
      if (answer.delivery.verdict != Verdict::rejected && !went_well(answer.delivery)) return false;
      if (!keep([&](store::Tx& tx) {
            return desk_store::set_fate_told(tx, desk_.channel.id, fate.answer, fate.state);
          })) {
        return false;
      }
    }
    return true;
  }

  static Delivery store_trouble(const Error& error) {
    Delivery out;
    out.verdict = Verdict::retry;
    out.stage = "store";
    out.says = error.message;
    return out;
  }

  App& app_;
  Desk desk_;
  std::vector<std::string> told_;
  Outcome stop_;
};

struct Checking {
  Channel channel;
  Account account;
  std::vector<DeskThread> threads;
};

Result<std::optional<Checking>> load_checking(App& app, const ChannelId& id, TimeMs before) {
  return app.store.read([&](store::Tx& tx) -> Result<std::optional<Checking>> {
    Checking out;
    FLEAD_TRY(out.channel, load_channel(tx, id));
    if (out.channel.status == "removed") return std::optional<Checking>();
    if (out.channel.status != "active") return std::optional<Checking>(std::move(out));
    FLEAD_TRY(out.account, open_account(tx, app.key, out.channel));
    FLEAD_TRY(out.threads, desk_store::to_check(tx, id, before, k_checked_max));
    return std::optional<Checking>(std::move(out));
  });
}

// The answer is kept as if it had come by itself: what it tells again changes nothing.
bool check_one(App& app, const Checking& checking, const DeskThread& thread, bool pulls) {
  std::vector<std::string> told;
  std::vector<HttpRequest> questions;
  questions.push_back(chatwoot::build_messages(checking.account, thread.conversation));
  if (pulls) {
    questions.push_back(chatwoot::build_conversation(checking.account, thread.conversation));
  }
  for (HttpRequest& question : questions) {
    const HttpReply reply = call(app, checking.account, std::move(question));
    if (chatwoot::parse_plain(reply).delivery.verdict != Verdict::sent) return false;
    if (!chatwoot::parse_events(reply.body).empty()) told.push_back(reply.body);
  }
  return app.store
      .write([&](store::Tx& tx) -> Status {
        for (const std::string& body : told) {
          FLEAD_CHECK(keep_callback(app.world, tx, checking.channel, "pull", "", body));
        }
        return desk_store::set_checked(tx, thread.id, app.world.clock.now());
      })
      .ok();
}

}  // namespace

jobs::Outcome sync_desk(App& app, const jobs::Job& job) {
  const LeadId lead(job.payload.text("lead").value_or(job.subject_id));
  auto desk = load_desk(app, lead);
  const TimeMs later = app.world.clock.now() + k_retry_ms;
  if (!desk && desk.error().kind == ErrorKind::not_found) return Outcome::done();  // erased
  if (!desk) return Outcome::snooze(later, desk.error().message);
  if (!*desk) return Outcome::done();
  if ((*desk)->channel.status != "active") return Outcome::snooze(later, "the desk is paused");
  return Sync(app, std::move(**desk)).run();
}

jobs::Outcome check_desk(App& app, const jobs::Job& job) {
  const ChannelId id(job.payload.text("channel").value_or(job.subject_id));
  const TimeMs now = app.world.clock.now();
  auto checking = load_checking(app, id, now - k_pull_every_ms / 2);
  if (!checking && checking.error().kind == ErrorKind::not_found) return Outcome::done();
  if (!checking) return Outcome::snooze(now + k_retry_ms, checking.error().message);
  if (!*checking) return Outcome::done();
  const bool pulls = (*checking)->channel.state.boolean("pull").value_or(false);
  for (const DeskThread& thread : (*checking)->threads) {
    if (!check_one(app, **checking, thread, pulls)) break;
  }
  return Outcome::snooze(now + (pulls ? k_pull_every_ms : k_check_every_ms), "");
}

}  // namespace flead::channels
