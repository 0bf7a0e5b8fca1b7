// What one event of a provider changes. All of it is one transaction with the end of its job, and a
// repeat finds its key and changes nothing.
#include <algorithm>
#include <utility>

#include "core/base/phone.h"
#include "core/base/text.h"
#include "core/channels/away.h"
#include "core/channels/desk.h"
#include "core/channels/human.h"
#include "core/channels/identity.h"
#include "core/channels/inbox.h"
#include "core/channels/inbox_store.h"
#include "core/channels/outbox.h"
#include "core/channels/sequence.h"
#include "core/channels/words.h"
#include "core/intake/booking_link.h"
#include "core/intake/consents.h"
#include "core/intake/lead.h"

namespace flead::channels {
namespace {

using Kind = Inbound::Kind;

// One event and where it happened.
struct Scene {
  App& app;
  store::Tx& tx;
  const tenants::Tenant& tenant;
  const Channel& channel;
  const Inbound& event;
};

Status tell(const Scene& scene, const LeadId& lead, std::string_view kind, Json data) {
  data.set("channel", scene.channel.kind);
  return intake::add_event(scene.app.world, scene.tx, scene.tenant.id, lead, kind, "visitor", data);
}

Status apply_receipt(const Scene& scene) {
  std::optional<Message> message;
  if (!scene.event.message.empty()) {
    auto found = load_message(scene.tx, scene.tenant.id, scene.event.message);
    if (!found && found.error().kind != ErrorKind::not_found) return found.error();
    if (found && found->channel == scene.channel.id) message = std::move(*found);
  }
  if (!message && !scene.event.provider_id.empty()) {
    FLEAD_TRY(message, find_by_provider_id(scene.tx, scene.channel.id, scene.event.provider_id));
  }
  if (!message) return {};
  // An id of ours is short where a provider wants it so; the address tells two messages apart.
  if (!scene.event.address.empty() && scene.channel.kind == "sms" &&
      message->address != scene.event.address) {
    return {};
  }
  Delivery told = scene.event.delivery;
  // What a provider took and could not bring is not tried there again, whatever the reason is.
  if (told.verdict == Verdict::retry || told.verdict == Verdict::misconfigured) {
    told.verdict = Verdict::unreachable;
  }
  return report_delivery(scene.app, scene.tx, *message, told, scene.event.read);
}

// Blocked or allowed at the provider.
Status apply_permission(const Scene& scene) {
  FLEAD_TRY(const auto identity, find_identity(scene.tx, scene.channel.id, scene.event.address));
  if (!identity) return {};
  const bool closes = scene.event.kind == Kind::opt_out;
  // A block from before their last word is over. A permission at the provider does not undo what
  // the person told us in words.
  const bool stale = closes && scene.event.at > 0 && identity->inbound_at &&
                     scene.event.at < *identity->inbound_at;
  if (stale) return {};
  if (identity->closed_why != (closes ? "" : "blocked")) return {};
  FLEAD_CHECK(close_identity(scene.app.world, scene.tx, identity->id, closes ? "blocked" : ""));
  if (closes) {
    FLEAD_CHECK(
        stop_sequences(scene.app.world, scene.tx, scene.tenant.id, identity->lead, "opted_out"));
  }
  return tell(scene, identity->lead, closes ? "channel.closed" : "channel.opened",
              Json::object({{"why", closes ? "blocked" : "allowed"}}));
}

intake::NewLead lead_of_contact(const Scene& scene) {
  const Inbound& event = scene.event;
  intake::NewLead input;
  input.name = event.name;
  input.message = event.kind == Kind::text || event.kind == Kind::start ? event.text : "";
  input.channel = scene.channel.kind;
  input.locale = event.language.starts_with("ru")   ? "ru"
                 : event.language.starts_with("en") ? "en"
                                                    : "";
  const std::string& handle = event.handle.empty() ? event.address : event.handle;
  if (scene.channel.kind == "email") input.email = event.address;
  if (scene.channel.kind == "telegram") input.telegram = handle;
  if (scene.channel.kind == "vk") input.vk = "id" + event.address;
  if (scene.channel.kind == "max") input.max = handle;
  if (scene.channel.kind == "whatsapp") {
    input.whatsapp = event.phone.empty() ? handle : event.phone;
  }
  return input;
}

// The person's own number as E.164, where the provider vouches for it; "" elsewhere.
std::string number_of(const Scene& scene) {
  const Inbound& event = scene.event;
  const std::string& typed =
      event.phone.empty() && scene.channel.kind == "sms" ? event.address : event.phone;
  if (typed.empty()) return {};
  const auto phone = parse_phone(typed.starts_with('+') ? typed : "+" + typed, scene.tenant.region);
  return phone ? phone->e164 : std::string();
}

// A letter that answers a message of ours belongs to its lead, whatever address it comes from.
Result<std::optional<LeadId>> answered_lead(const Scene& scene) {
  if (scene.event.message.empty()) return std::optional<LeadId>();
  auto answered = load_message(scene.tx, scene.tenant.id, scene.event.message);
  if (answered) return answered->lead;
  if (answered.error().kind != ErrorKind::not_found) return answered.error();
  return std::optional<LeadId>();
}

// The lead that this person is: by the start token, by what is known of the address, or a new one.
Result<LeadId> lead_of_event(const Scene& scene, const std::optional<Identity>& identity) {
  if (scene.event.kind == Kind::start && !scene.event.payload.empty()) {
    const auto named =
        read_start_token(scene.app.key, scene.event.payload, scene.app.world.clock.now());
    if (named) {
      auto lead = intake::load(scene.tx, scene.tenant.id, *named);
      if (lead) return lead->id;
      if (lead.error().kind != ErrorKind::not_found) return lead.error();
    }
  }
  if (scene.channel.kind == "email") {
    FLEAD_TRY(const auto answered, answered_lead(scene));
    if (answered) return *answered;
  }
  if (identity) return identity->lead;
  if (scene.channel.kind == "email") {
    auto known = intake::find(scene.tx, scene.tenant, scene.event.address);
    if (known) return known->id;
    if (known.error().kind != ErrorKind::not_found) return known.error();
  }
  const std::string number = number_of(scene);
  if (!number.empty()) {
    // Written to by number before, under which the provider now has another id.
    FLEAD_TRY(const auto numbered, find_identity(scene.tx, scene.channel.id, number.substr(1)));
    if (numbered) return numbered->lead;
    auto known = intake::find(scene.tx, scene.tenant, number);
    if (known) return known->id;
    if (known.error().kind != ErrorKind::not_found) return known.error();
  }
  intake::NewLead input = lead_of_contact(scene);
  intake::Origin origin;
  origin.source = scene.channel.kind;
  origin.content_type = "text/plain";
  origin.raw_body = scene.event.text;
  origin.greet = false;  // welcome() answers on the channel that the person chose
  FLEAD_TRY(const intake::Lead lead,
            intake::create_from_channel(scene.app.world, scene.tx, scene.tenant, std::move(input),
                                        number, origin));
  return lead.id;
}

// The first word on a channel: who we are, the way to a time, and the way to a person.
Status welcome(const Scene& scene, const intake::Lead& lead, const Identity& identity) {
  if (scene.tenant.suspended || lead.status == "suspect") return {};
  NewMessage message;
  message.template_name = "channel.welcome";
  FLEAD_TRY(message.button_url, intake::sent_booking_url(scene.app, scene.tx, scene.tenant, lead));
  message.button_text = lead.locale == "ru" ? "Выбрать время" : "Choose a time";
  message.variables = {
      {"name", lead.name}, {"tenant", scene.tenant.name}, {"booking_url", message.button_url}};
  FLEAD_TRY(message.variables["away"],
            away_text(scene.tx, scene.tenant, lead.locale, scene.app.world.clock.now()));
  message.reply_buttons = {{lead.locale == "ru" ? "Позвать человека" : "Talk to a person",
                            std::string(k_human_payload)}};
  message.via = scene.channel.id;
  // Once for each time that an identity is learned: pressing the link again is answered again, a
  // repeat of the same event is not.
  message.unique_key = "channel.welcome:" + identity.id.text() + ":" + scene.event.key;
  FLEAD_CHECK(send_to_lead(scene.app, scene.tx, scene.tenant, lead, message));
  return {};
}

Status stop_writing(const Scene& scene, const Identity& identity) {
  FLEAD_CHECK(close_identity(scene.app.world, scene.tx, identity.id, "stop"));
  FLEAD_CHECK(tell(scene, identity.lead, "channel.closed", Json::object({{"why", "stop"}})));
  // Who shuts one door on us is not followed to the next.
  FLEAD_CHECK(
      stop_sequences(scene.app.world, scene.tx, scene.tenant.id, identity.lead, "opted_out"));
  FLEAD_TRY(const bool given, intake::withdraw_consent(scene.app.world, scene.tx, scene.tenant.id,
                                                       identity.lead, "marketing", "", ""));
  if (!given) return {};
  return tell(scene, identity.lead, "consent.withdrawn", Json::object({{"purpose", "marketing"}}));
}

// A number that the messenger vouches for, on a lead that had none.
Status take_phone(const Scene& scene, const intake::Lead& lead) {
  const std::string typed =
      scene.event.phone.starts_with('+') ? scene.event.phone : "+" + scene.event.phone;
  FLEAD_CHECK(tell(scene, lead.id, "contact.shared", Json::object({{"phone", typed}})));
  if (lead.phone) return {};
  const auto phone = parse_phone(typed, scene.tenant.region);
  if (!phone) return {};
  auto owner = intake::find(scene.tx, scene.tenant, phone->e164);
  if (owner || owner.error().kind != ErrorKind::not_found) return {};
  intake::LeadEdit edit;
  edit.phone = typed;
  FLEAD_CHECK(intake::edit(scene.app.world, scene.tx, scene.tenant, lead.id, edit, "visitor"));
  return {};
}

// What is taken as a word to us: of a letter its first line, for below it stands what programs add.
std::string_view asked_for(const Scene& scene) {
  const std::string_view text = scene.event.text;
  return scene.channel.kind == "email" ? text.substr(0, text.find('\n')) : text;
}

Status apply_words(const Scene& scene, const intake::Lead& lead, const Identity& identity) {
  const Inbound& event = scene.event;
  if (event.kind == Kind::text && says_stop(asked_for(scene))) {
    return stop_writing(scene, identity);
  }
  FLEAD_CHECK(intake::advance(
      scene.app.world, scene.tx, scene.tenant.id, lead.id, "replied", "message.received",
      Json::object({{"channel", scene.channel.kind},
                    {"kind", kind_name(event.kind)},
                    {"text", utf8_prefix(event.text, k_inbound_characters_max)}}),
      "visitor"));
  FLEAD_CHECK(stop_sequences(scene.app.world, scene.tx, scene.tenant.id, lead.id, "replied"));
  FLEAD_CHECK(open_desk_for_words(scene.app.world, scene.tx, scene.tenant.id, lead.id));
  if (event.kind == Kind::contact) FLEAD_CHECK(take_phone(scene, lead));
  const bool asks = event.kind == Kind::button ? event.payload == k_human_payload
                                               : asks_for_human(asked_for(scene));
  if (!asks) return {};
  return call_human(scene.app, scene.tx, scene.tenant, lead, "asked");
}

// A word that was on its way when the person ended it opens nothing again. Their own stop has the
// provider's time, a block only the time when we were told.
bool said_before_end(const Identity& identity, TimeMs at) {
  if (identity.closed_why == "stop") return identity.inbound_at && at < *identity.inbound_at;
  return identity.closed_why == "blocked" && at < identity.updated_at;
}

// The lead's own address, as far as it is known; a lead without one is whoever writes.
bool is_own_mail(const intake::Lead& lead, const Inbound& event) {
  return lead.email.empty() || fold(lead.email) == fold(event.address);
}

// Somebody else's answer to a message of this lead's (a colleague, a spouse): words of the thread,
// and no way to the lead from now on.
Status apply_others_mail(const Scene& scene, const intake::Lead& lead,
                         const InboundMessage& message) {
  FLEAD_CHECK(intake::advance(scene.app.world, scene.tx, scene.tenant.id, lead.id, "replied",
                              "message.received",
                              Json::object({{"channel", scene.channel.kind},
                                            {"kind", message.kind},
                                            {"from", scene.event.address},
                                            {"text", message.body}}),
                              "visitor"));
  FLEAD_CHECK(stop_sequences(scene.app.world, scene.tx, scene.tenant.id, lead.id, "replied"));
  return open_desk_for_words(scene.app.world, scene.tx, scene.tenant.id, lead.id);
}

Status apply_person(const Scene& scene) {
  const Inbound& event = scene.event;
  if (event.address.empty()) return {};
  const TimeMs now = scene.app.world.clock.now();
  FLEAD_TRY(std::optional<Identity> identity,
            find_identity(scene.tx, scene.channel.id, event.address));
  FLEAD_TRY(const LeadId lead_id, lead_of_event(scene, identity));

  InboundMessage message;
  message.id = new_id<InboundIdTag>(scene.app.world);
  message.tenant = scene.tenant.id;
  message.lead = lead_id;
  message.channel = scene.channel.id;
  message.channel_kind = scene.channel.kind;
  message.kind = kind_name(event.kind);
  message.body = repair_utf8(utf8_prefix(event.text, k_inbound_characters_max));
  message.payload = event.kind == Kind::start ? "" : event.payload;
  message.provider_id = event.provider_id;
  message.received_at = now;
  // A provider's clock may be wrong; nothing was written in the future.
  message.sent_at = event.at > 0 && event.at < now ? event.at : now;
  FLEAD_TRY(const bool first, inbox_store::insert_inbound(scene.tx, message, event.key));
  if (!first) return {};
  if (identity && said_before_end(*identity, message.sent_at)) {
    return tell(scene, lead_id, "message.received",
                Json::object({{"kind", message.kind}, {"text", message.body}}));
  }

  FLEAD_TRY(const intake::Lead before, intake::load(scene.tx, scene.tenant.id, lead_id));
  if (scene.channel.kind == "email" && !is_own_mail(before, event)) {
    return apply_others_mail(scene, before, message);
  }
  const bool known = identity && identity->lead == lead_id && identity->closed_why.empty();
  // Whoever has said stop is heard, and not talked to by a machine.
  const bool returns = identity && identity->closed_why == "stop";
  if (!known) {
    FLEAD_TRY(identity, link_identity(scene.app.world, scene.tx, scene.channel, lead_id,
                                      event.address, event.name, event.handle));
    FLEAD_CHECK(tell(scene, lead_id, "channel.linked", Json::object({{"handle", event.handle}})));
  }
  FLEAD_CHECK(touch_identity(scene.app.world, scene.tx, identity->id, message.sent_at));
  FLEAD_TRY(const intake::Lead lead, intake::load(scene.tx, scene.tenant.id, lead_id));
  const bool spoke = event.kind != Kind::start || !event.text.empty();
  if (spoke) FLEAD_CHECK(apply_words(scene, lead, *identity));
  const bool stopped = event.kind == Kind::text && says_stop(asked_for(scene));
  if (scene.channel.kind == "email") {
    // Nobody but a person answers mail: its sender may be anybody.
    return lead.status == "new" && !known
               ? call_human(scene.app, scene.tx, scene.tenant, lead, "wrote")
               : Status();
  }
  const bool met = event.kind == Kind::start || (!known && !returns);
  return met && !stopped ? welcome(scene, lead, *identity) : Status();
}

}  // namespace

Status apply_event(App& app, store::Tx& tx, const Channel& channel, const Inbound& event) {
  if (event.key.empty() || event.key.size() > k_provider_key_bytes_max) return {};
  const Provider* provider = find_provider(channel.kind);
  if (provider != nullptr && provider->owns != nullptr && !provider->owns(channel, event)) {
    return {};
  }
  FLEAD_TRY(const tenants::Tenant tenant, tenants::load(tx, channel.tenant));
  const Scene scene{app, tx, tenant, channel, event};
  switch (event.kind) {
    case Kind::receipt:
      return apply_receipt(scene);
    case Kind::opt_in:
    case Kind::opt_out:
      return apply_permission(scene);
    case Kind::text:
    case Kind::button:
    case Kind::start:
    case Kind::contact:
      return apply_person(scene);
    case Kind::answer:
    case Kind::thread:
      return apply_desk_event(app, tx, tenant, channel, event);
    case Kind::other:
      return {};
  }
  return {};
}

}  // namespace flead::channels
