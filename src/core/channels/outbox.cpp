#include "core/channels/outbox.h"

#include <algorithm>
#include <utility>

#include "core/base/log.h"
#include "core/base/text.h"
#include "core/channels/away.h"
#include "core/channels/channels_store.h"
#include "core/channels/desk.h"
#include "core/channels/human.h"
#include "core/channels/identity.h"
#include "core/channels/links.h"
#include "core/channels/outbox_steps.h"
#include "core/channels/outbox_store.h"
#include "core/channels/sms_text.h"
#include "core/intake/booking_link.h"
#include "core/intake/consents.h"

namespace flead::channels {

namespace {

Error message_not_found() {
  return not_found("message_not_found", "There is no such message",
                   "flead message list shows them");
}

Message new_message(World& world, const tenants::Tenant& tenant, const Channel& channel,
                    const NewMessage& input) {
  Message message;
  message.id = new_id<MessageIdTag>(world);
  message.tenant = tenant.id;
  message.channel = channel.id;
  message.channel_kind = channel.kind;
  message.template_name = input.template_name;
  message.button_text = input.button_text;
  message.button_url = input.button_url;
  message.reply_buttons = input.reply_buttons;
  message.calendar = input.calendar;
  message.calendar_method = input.calendar_method;
  message.reply_to = input.reply_to;
  message.variables = input.variables;
  message.html_variables = input.html_variables;
  message.created_at = world.clock.now();
  message.give_up_at = message.created_at + k_message_age_max_ms;
  if (input.give_up_at > 0) message.give_up_at = std::min(message.give_up_at, input.give_up_at);
  return message;
}

std::string_view button_text_for_booking(std::string_view language) {
  return language == "ru" ? "Выбрать время" : "Choose a time";
}

// service or ad: of the text, or of its short variant, which a tenant may have rewritten.
Result<std::string> purpose_of(store::Tx& tx, const TenantId& tenant, std::string_view name,
                               std::string_view language) {
  FLEAD_TRY(const TemplateText text, load_template(tx, tenant, name, language));
  const std::string short_name = std::string(name) + ".sms";
  if (text.purpose == "ad" || !find_template(short_name)) return text.purpose;
  FLEAD_TRY(const TemplateText brief, load_template(tx, tenant, short_name, language));
  return brief.purpose;
}

// An advertisement says how to get no more of them: mail has a link and a header for it, on a
// messenger an answer is read, and an SMS may come from a name that nobody can answer.
Status add_way_out(App& app, store::Tx& tx, const Provider& provider, Message& message) {
  const bool ru = message.language == "ru";
  if (provider.capabilities.messenger) {
    message.body_text +=
        ru ? "\n\nБольше не присылать? Ответьте «стоп»." : "\n\nNo more of these? Reply \"stop\".";
  } else if (provider.capabilities.segments) {
    if (!message.lead) return {};
    FLEAD_TRY(const tenants::Tenant tenant, tenants::load(tx, message.tenant));
    FLEAD_TRY(const intake::Lead lead, intake::load(tx, message.tenant, *message.lead));
    message.body_text = std::string(trim(message.body_text)) + (ru ? " Отказ: " : " Stop: ") +
                        unsubscribe_url(app, tenant, lead);
  }
  return {};
}

// Why there is no way to this person for an advertisement: not for want of a channel.
Error no_consent() {
  return refused("no_consent", "This person has not agreed to advertising",
                 "flead lead timeline shows the consents");
}

}  // namespace

Result<std::optional<Message>> queue(App& app, store::Tx& tx, const Message& message,
                                     const std::optional<std::string>& unique_key) {
  FLEAD_TRY(auto queued, outbox_store::insert(tx, message, unique_key));
  if (!queued) return queued;
  FLEAD_CHECK(enqueue_send(app.world, tx, message.tenant, queued->id, 0));
  if (queued->lead) FLEAD_CHECK(touch_desk(app.world, tx, *queued->lead));
  return queued;
}

Json message_event(const Message& message) {
  return Json::object({{"message", message.id.text()},
                       {"channel", message.channel_kind},
                       {"template", message.template_name}});
}

Status tell_lead(App& app, store::Tx& tx, const Message& message, std::string_view kind) {
  if (!message.lead) return {};
  return intake::add_event(app.world, tx, message.tenant, *message.lead, kind, "system",
                           message_event(message));
}

Status enqueue_send(World& world, store::Tx& tx, const TenantId& tenant, const MessageId& message,
                    TimeMs run_at) {
  jobs::NewJob job;
  job.kind = "message.send";
  job.payload = Json::object({{"message", message.text()}});
  job.tenant = tenant;
  job.subject_id = message.text();
  job.run_at = run_at;
  job.unique_key = "message.send:" + message.text();
  job.attempts_max = k_message_attempts_max;
  FLEAD_CHECK(jobs::enqueue(world, tx, job));
  return {};
}

Status render_for_channel(App& app, store::Tx& tx, Message& message) {
  const Provider* provider = find_provider(message.channel_kind);
  FLEAD_ASSERT(provider != nullptr);
  std::string name = message.template_name;
  if (provider->capabilities.short_texts && find_template(name + ".sms")) name += ".sms";
  FLEAD_TRY(const TemplateText text, load_template(tx, message.tenant, name, message.language));
  FLEAD_TRY(Rendered rendered, render_template(text, message.variables, message.html_variables));
  if (rendered.text.size() + rendered.html.size() > k_message_bytes_max) {
    return refused("message_too_long", "The message is too long to send");
  }
  message.purpose = text.purpose;
  message.subject = std::move(rendered.subject);
  message.body_text = std::move(rendered.text);
  if (message.purpose == "ad") FLEAD_CHECK(add_way_out(app, tx, *provider, message));
  message.body_html = provider->capabilities.html ? std::move(rendered.html) : "";
  message.segments = provider->capabilities.segments ? sms_length(message.body_text).segments : 0;
  return {};
}

Result<std::optional<Message>> send_to_lead(App& app, store::Tx& tx, const tenants::Tenant& tenant,
                                            const intake::Lead& lead, const NewMessage& input) {
  const std::string language = lead.locale == "ru" ? "ru" : "en";
  FLEAD_TRY(const std::string purpose, purpose_of(tx, tenant.id, input.template_name, language));
  FLEAD_TRY(const auto live, channels_store::live(tx, tenant.id));
  FLEAD_TRY(const Person person, load_person(tx, lead, purpose));
  if (purpose == "ad" && !intake::agrees_anywhere(person.said)) return no_consent();
  FLEAD_TRY(const RoutePolicy policy, load_policy(tx, tenant.id));
  const Choice choice = choose_channel(live, person, policy, "", input.via, app.world.clock.now());
  if (!choice.channel) {
    FLEAD_CHECK(intake::add_event(app.world, tx, tenant.id, lead.id, "message.unroutable", "system",
                                  Json::object({{"template", input.template_name}})));
    FLEAD_CHECK(log_choice(app.world, tx, lead, policy, choice, nullptr));
    // An advertisement that reaches nobody calls nobody.
    if (purpose != "ad") FLEAD_CHECK(call_human(app, tx, tenant, lead, "unreachable"));
    return std::optional<Message>();
  }
  Message message = new_message(app.world, tenant, *choice.channel, input);
  message.lead = lead.id;
  message.language = language;
  message.address = choice.address;
  FLEAD_CHECK(render_for_channel(app, tx, message));
  FLEAD_TRY(auto queued, queue(app, tx, message, input.unique_key));
  if (!queued) return queued;
  const Provider* provider = find_provider(choice.channel->kind);
  if (provider->capabilities.provider_templates) {
    // Written to by a number that the person gave: an answer finds this lead by it.
    FLEAD_TRY(const auto known, find_identity(tx, choice.channel->id, choice.address));
    if (!known) {
      FLEAD_CHECK(link_identity(app.world, tx, *choice.channel, lead.id, choice.address, "", ""));
    }
  }
  FLEAD_CHECK(log_choice(app.world, tx, lead, policy, choice, &*queued));
  if (choice.wait_ms > 0) FLEAD_CHECK(enqueue_next_step(app, tx, *queued, choice.wait_ms));
  return queued;
}

Result<Message> send_to_address(App& app, store::Tx& tx, const tenants::Tenant& tenant,
                                std::string_view kind, std::string_view address,
                                const NewMessage& input) {
  FLEAD_TRY(const auto live, channels_store::live(tx, tenant.id));
  const auto channel = std::find_if(live.begin(), live.end(), [&](const Channel& one) {
    return one.kind == kind && one.status == "active";
  });
  if (channel == live.end()) {
    return unmet("channel_missing", "There is no active channel of this kind: " + std::string(kind),
                 "flead channel add " + std::string(kind) + " makes one");
  }
  Message message = new_message(app.world, tenant, *channel, input);
  message.language = tenant.locale;
  message.address = address;
  FLEAD_CHECK(render_for_channel(app, tx, message));
  if (message.purpose == "ad") {
    return refused("no_consent", "Advertising goes only to people who have agreed to it");
  }
  FLEAD_TRY(auto queued, queue(app, tx, message, input.unique_key));
  if (!queued) return conflict("message_exists", "This message has been queued before");
  return std::move(*queued);
}

jobs::Outcome greet(App& app, const jobs::Job& job) {
  const LeadId id(job.payload.text("lead").value_or(job.subject_id));
  if (!job.tenant) return jobs::Outcome::dead("The job names no tenant");
  const TenantId tenant_id = *job.tenant;
  return jobs::Outcome::done([&app, id, tenant_id](store::Tx& tx) -> Status {
    FLEAD_TRY(const tenants::Tenant tenant, tenants::load(tx, tenant_id));
    FLEAD_TRY(const intake::Lead lead, intake::load(tx, tenant_id, id));
    if (lead.status == "suspect" || tenant.suspended) return {};
    NewMessage message;
    message.template_name = "lead.greeting";
    FLEAD_TRY(message.button_url, intake::sent_booking_url(app, tx, tenant, lead));
    message.button_text = button_text_for_booking(lead.locale);
    message.variables = {{"name", lead.name},
                         {"tenant", tenant.name},
                         {"message", lead.message},
                         {"booking_url", message.button_url}};
    FLEAD_TRY(message.variables["away"], away_text(tx, tenant, lead.locale, app.world.clock.now()));
    FLEAD_TRY(const auto links, new_links(app, tx, tenant, lead));
    message.variables["messengers"] = links_text(links, lead.locale);
    FLEAD_TRY(message.variables["messengers_line"], links_line(app, tx, tenant, lead, links));
    if (!links.empty()) message.html_variables["messengers"] = links_html(links, lead.locale);
    message.unique_key = "lead.greeting:" + lead.id.text();
    FLEAD_CHECK(send_to_lead(app, tx, tenant, lead, message));
    return {};
  });
}

Result<std::vector<Message>> list_messages(store::Tx& tx, const TenantId& tenant,
                                           const MessageFilter& filter) {
  return outbox_store::list(tx, tenant, filter);
}

Result<Message> load_message(store::Tx& tx, const TenantId& tenant, const MessageId& id) {
  FLEAD_TRY(auto message, outbox_store::by_id(tx, id));
  if (!message || message->tenant != tenant) return message_not_found();
  return std::move(*message);
}

Result<Message> retry_message(App& app, store::Tx& tx, const TenantId& tenant,
                              const MessageId& id) {
  FLEAD_TRY(const Message message, load_message(tx, tenant, id));
  if (message.state == "sent" || message.state == "delivered" || message.state == "read") {
    return conflict("message_sent", "The message has been sent");
  }
  const TimeMs now = app.world.clock.now();
  FLEAD_TRY(auto reopened, outbox_store::reopen(tx, id, now + k_message_age_max_ms, now));
  if (!reopened) return conflict("message_sending", "The message is being sent right now");
  FLEAD_CHECK(enqueue_send(app.world, tx, tenant, id, 0));
  return std::move(*reopened);
}

Status cancel_message(World& world, store::Tx& tx, const TenantId& tenant, const MessageId& id,
                      std::string_view why) {
  FLEAD_TRY(const auto message, outbox_store::by_id(tx, id));
  if (!message || message->tenant != tenant) return {};
  const TimeMs now = world.clock.now();
  std::string_view event = "message.cancelled";
  FLEAD_TRY(bool ended, outbox_store::give_up(tx, id, "cancelled", why, now));
  if (!ended && message->state == "sending") {
    // Nobody will ask any more what became of it.
    event = "message.ambiguous";
    outbox_store::Ending ending;
    ending.state = "ambiguous";
    ending.says = why;
    FLEAD_TRY(ended, outbox_store::end(tx, id, message->attempt, ending, now));
  }
  if (!ended || !message->lead) return {};
  FLEAD_CHECK(touch_desk(world, tx, *message->lead));
  return intake::add_event(world, tx, tenant, *message->lead, event, "cli",
                           Json::object({{"message", id.text()},
                                         {"channel", message->channel_kind},
                                         {"template", message->template_name}}));
}

Result<std::optional<Message>> find_by_provider_id(store::Tx& tx, const ChannelId& channel,
                                                   std::string_view provider_id) {
  return outbox_store::by_provider_id(tx, channel, provider_id);
}

Result<Rendered> preview(store::Tx& tx, const TenantId& tenant, std::string_view name,
                         std::string_view language, const Variables& variables) {
  FLEAD_TRY(const TemplateText text, load_template(tx, tenant, name, language));
  return render_template(text, variables);
}

Json to_json(const Message& message) {
  const auto time = [](const std::optional<TimeMs>& at) {
    return at ? Json(format_time(*at)) : Json();
  };
  Json out = Json::object({{"id", message.id.text()},
                           {"state", message.state},
                           {"template", message.template_name},
                           {"purpose", message.purpose},
                           {"channel", message.channel_kind},
                           {"channel_id", message.channel.text()},
                           {"lead", message.lead ? Json(message.lead->text()) : Json()},
                           {"to", message.address},
                           {"language", message.language},
                           {"subject", message.subject},
                           {"text", message.body_text}});
  out.set("button", message.button_url.empty() ? Json()
                                               : Json::object({{"text", message.button_text},
                                                               {"url", message.button_url}}));
  out.set("calendar_method",
          message.calendar_method.empty() ? Json() : Json(message.calendar_method));
  out.set("attempt", message.attempt);
  out.set("provider_id", message.provider_id).set("provider_says", message.provider_says);
  out.set("segments", message.segments);
  out.set("cost", message.cost_minor ? Json::object({{"amount_minor", *message.cost_minor},
                                                     {"currency", message.cost_currency}})
                                     : Json());
  out.set("created_at", format_time(message.created_at));
  out.set("sent_at", time(message.sent_at)).set("delivered_at", time(message.delivered_at));
  out.set("read_at", time(message.read_at));
  out.set("updated_at", format_time(message.updated_at));
  return out;
}

}  // namespace flead::channels
