#include "core/booking/notice.h"

#include <fmt/format.h>

#include "core/channels/channel.h"
#include "core/channels/human.h"
#include "core/channels/outbox.h"
#include "core/intake/booking_link.h"

namespace flead::booking {
namespace {

bool is_russian(const tenants::Tenant& tenant, const intake::Lead* lead) {
  const bool known = lead != nullptr && !lead->locale.empty();
  return (known ? lead->locale : tenant.locale) == "ru";
}

// Mail programs show their buttons only for an organizer who sent the mail, or whom Reply-To names.
Result<std::string> organizer_of(App& app, store::Tx& tx, const tenants::Tenant& tenant,
                                 const Host& host) {
  if (!host.email.empty()) return host.email;
  FLEAD_TRY(auto sender, channels::mail_sender(tx, tenant.id));
  if (!sender.empty()) return sender;
  return "noreply@" + host_of_url(app.config.base_url);
}

// How this person reads a clock: the zone they booked in, else the tenant's.
Result<Zone> zone_of(const tenants::Tenant& tenant, const Booking& booking) {
  auto zone = Zone::load(booking.visitor_zone);
  return zone ? std::move(zone) : Zone::load(tenant.zone);
}

bool is_over(const Booking& booking) {
  return booking.state == State::cancelled || booking.state == State::declined ||
         booking.state == State::expired;
}

// What every message about a booking says of it.
Result<channels::NewMessage> booking_message(App& app, store::Tx& tx, const tenants::Tenant& tenant,
                                             const Booking& booking, const intake::Lead& lead,
                                             std::string_view template_name) {
  FLEAD_TRY(const auto host, load_host(tx, tenant.id, booking.host));
  FLEAD_TRY(const auto offer, load_offer(tx, tenant.id, booking.offer));
  FLEAD_TRY(const auto zone, zone_of(tenant, booking));
  const bool russian = is_russian(tenant, &lead);
  channels::NewMessage message;
  message.template_name = template_name;
  message.variables = {
      {"name", lead.name},
      {"tenant", tenant.name},
      {"offer", offer.name},
      {"host", host.name},
      {"when", format_wall_long(zone.wall(booking.starts_at), russian ? "ru" : "en")},
      {"zone", zone.name()},
  };
  if (is_over(booking)) {
    FLEAD_TRY(const std::string url, intake::sent_booking_url(app, tx, tenant, lead));
    message.variables["reason"] = booking.reason;
    message.variables["booking_url"] = url;
    message.button_text = russian ? "Выбрать другое время" : "Choose another time";
    message.button_url = url;
  } else {
    const std::string url = manage_url(app.config.base_url, booking);
    message.variables["location"] = offer.location;
    message.variables["manage_url"] = url;
    message.button_text = russian ? "Моя запись" : "My booking";
    message.button_url = url;
  }
  message.reply_to = host.email;
  return message;
}

struct NewsWords {
  std::string_view key, ru, en;
};

const NewsWords& words_of(HostNews news) {
  static constexpr NewsWords k_words[] = {
      {"booked", "Новая встреча", "New meeting"},
      {"moved", "Встреча перенесена", "Meeting moved"},
      {"cancelled", "Встреча отменена", "Meeting cancelled"},
      {"unpaid", "Встреча не оплачена, время свободно", "Not paid, the time is free again"},
      {"paid_late", "Оплата пришла, когда времени уже не было: деньги возвращаем",
       "Paid when the time was gone: the money goes back"},
  };
  return k_words[static_cast<std::size_t>(news)];
}

// What every message to a host says of a booking, by the clock on the host's own wall.
Result<channels::NewMessage> host_message(store::Tx& tx, const tenants::Tenant& tenant,
                                          const Booking& booking, const intake::Lead& lead) {
  FLEAD_TRY(const auto host, load_host(tx, tenant.id, booking.host));
  FLEAD_TRY(const auto offer, load_offer(tx, tenant.id, booking.offer));
  FLEAD_TRY(const auto zone, Zone::load(host.zone));
  channels::NewMessage message;
  message.variables = {{"tenant", tenant.name},
                       {"name", lead.name},
                       {"contact", lead.phone.value_or(lead.email)},
                       {"offer", offer.name},
                       {"when", format_wall_long(zone.wall(booking.starts_at), tenant.locale)},
                       {"zone", zone.name()},
                       {"booking", booking.id.text()}};
  message.reply_to = lead.email;  // an answer to it goes to the person
  return message;
}

// To the host's own address, or else to where operators are told; with neither, to nobody.
Status send_to_host(App& app, store::Tx& tx, const tenants::Tenant& tenant, const HostId& id,
                    const channels::NewMessage& message) {
  FLEAD_TRY(const auto host, load_host(tx, tenant.id, id));
  channels::OperatorAddress to{"email", host.email};
  if (host.email.empty()) {
    FLEAD_TRY(const auto setting, tenants::setting(app, tx, tenant.id, "operator.notify"));
    const auto known = channels::parse_operator_address(setting);
    if (!known) return {};
    to = *known;
  }
  const auto queued = channels::send_to_address(app, tx, tenant, to.kind, to.address, message);
  // A missing channel must not undo what the person asked for.
  if (!queued && queued.error().kind != ErrorKind::unmet &&
      queued.error().kind != ErrorKind::conflict) {
    return queued.error();
  }
  return {};
}

}  // namespace

Result<Appointment> appointment_of(App& app, store::Tx& tx, const tenants::Tenant& tenant,
                                   const Booking& booking, bool invite, std::string_view language) {
  FLEAD_TRY(const auto host, load_host(tx, tenant.id, booking.host));
  FLEAD_TRY(const auto offer, load_offer(tx, tenant.id, booking.offer));
  std::optional<intake::Lead> lead;
  if (booking.lead) {
    FLEAD_TRY(lead, intake::load(tx, tenant.id, *booking.lead));
  }
  Appointment appointment;
  appointment.uid = booking.uid;
  appointment.sequence = booking.sequence;
  appointment.stamp = app.world.clock.now();
  appointment.starts_at = booking.starts_at;
  appointment.ends_at = booking.ends_at;
  appointment.tentative = booking.state == State::requested || booking.state == State::held;
  appointment.summary = offer.name;
  if (host.name != tenant.name) appointment.summary += " · " + host.name;
  appointment.location = offer.location;
  appointment.url = manage_url(app.config.base_url, booking);
  const bool russian =
      language.empty() ? is_russian(tenant, lead ? &*lead : nullptr) : language == "ru";
  appointment.description =
      fmt::format("{}\n{}: {}", tenant.name, russian ? "Посмотреть или отменить" : "See or cancel",
                  appointment.url);
  if (!offer.location.empty()) appointment.description += "\n" + offer.location;
  appointment.organizer_name = host.name;
  FLEAD_TRY(appointment.organizer_email, organizer_of(app, tx, tenant, host));
  const bool has_attendee = invite && lead && !lead->email.empty();
  if (has_attendee) {
    appointment.attendee_name = lead->name;
    appointment.attendee_email = lead->email;
  }
  using Method = Appointment::Method;
  appointment.method = is_over(booking) ? Method::cancel
                       : has_attendee   ? Method::request
                                        : Method::publish;
  return appointment;
}

Status tell_person(App& app, store::Tx& tx, const tenants::Tenant& tenant, const Booking& booking,
                   const intake::Lead& lead, std::string_view template_name) {
  FLEAD_TRY(auto message, booking_message(app, tx, tenant, booking, lead, template_name));
  if (!lead.email.empty()) {
    FLEAD_TRY(const auto appointment, appointment_of(app, tx, tenant, booking, true));
    message.calendar = write_calendar(appointment);
    message.calendar_method = method_name(appointment.method);
  }
  message.unique_key = fmt::format("{}:{}:{}", template_name, booking.id.text(), booking.sequence);
  FLEAD_CHECK(channels::send_to_lead(app, tx, tenant, lead, message));
  return {};
}

Status tell_host(App& app, store::Tx& tx, const tenants::Tenant& tenant, const Booking& booking,
                 const intake::Lead& lead, std::string_view decide_url) {
  FLEAD_TRY(auto message, host_message(tx, tenant, booking, lead));
  message.template_name = "operator.request";
  message.variables["message"] = lead.message;
  message.variables["decide_url"] = std::string(decide_url);
  message.button_url = decide_url;
  message.button_text = tenant.locale == "ru" ? "Принять или отклонить" : "Accept or decline";
  message.unique_key = "operator.request:" + booking.id.text();
  return send_to_host(app, tx, tenant, booking.host, message);
}

Status tell_host_news(App& app, store::Tx& tx, const tenants::Tenant& tenant,
                      const Booking& booking, const intake::Lead& lead, HostNews news) {
  FLEAD_TRY(const std::string wanted, tenants::setting(app, tx, tenant.id, "host.notify"));
  if (wanted != "true") return {};
  FLEAD_TRY(auto message, host_message(tx, tenant, booking, lead));
  const NewsWords& words = words_of(news);
  message.template_name = "operator.booking";
  message.variables["news"] = tenant.locale == "ru" ? words.ru : words.en;
  message.variables["reason"] = booking.reason;
  message.unique_key =
      fmt::format("operator.booking:{}:{}:{}", booking.id.text(), booking.sequence, words.key);
  return send_to_host(app, tx, tenant, booking.host, message);
}

Status tell_host_change(App& app, store::Tx& tx, const tenants::Tenant& tenant,
                        const Booking& before, const Booking& booking, const intake::Lead& lead,
                        Action action) {
  // A time that is only held was told to no host, unless it is a request that the host accepted.
  if (before.state == State::held && !before.answered_at) return {};
  if (action == Action::move) {
    return tell_host_news(app, tx, tenant, booking, lead, HostNews::moved);
  }
  if (action != Action::cancel) return {};
  return tell_host_news(app, tx, tenant, booking, lead, HostNews::cancelled);
}

Status remind_person(App& app, store::Tx& tx, const tenants::Tenant& tenant, const Booking& booking,
                     const intake::Lead& lead, std::int64_t before_ms) {
  // No invite: the calendar has it since the confirmation.
  FLEAD_TRY(auto message, booking_message(app, tx, tenant, booking, lead, "booking.reminder"));
  message.give_up_at = booking.starts_at;
  message.unique_key =
      fmt::format("booking.reminder:{}:{}:{}", booking.id.text(), booking.sequence, before_ms);
  FLEAD_CHECK(channels::send_to_lead(app, tx, tenant, lead, message));
  return {};
}

Status send_person_link(App& app, store::Tx& tx, const tenants::Tenant& tenant,
                        const intake::Lead& lead, std::string_view url) {
  channels::NewMessage message;
  message.template_name = "person.link";
  message.variables = {
      {"tenant", tenant.name}, {"name", lead.name}, {"person_url", std::string(url)}};
  message.button_url = url;
  message.button_text = is_russian(tenant, &lead) ? "Мои встречи" : "My meetings";
  message.unique_key =
      fmt::format("person.link:{}:{}", lead.id.text(), app.world.clock.now() / k_hour_ms);
  FLEAD_CHECK(channels::send_to_lead(app, tx, tenant, lead, message));
  return {};
}

Status send_host_link(App& app, store::Tx& tx, const tenants::Tenant& tenant, const Host& host,
                      std::string_view url) {
  if (host.email.empty()) {
    return refused("email_missing", "This host has no e-mail address.",
                   "flead expert edit " + host.slug + " --email ADDRESS");
  }
  channels::NewMessage message;
  message.template_name = "host.link";
  message.variables = {
      {"tenant", tenant.name}, {"name", host.name}, {"host_url", std::string(url)}};
  message.button_url = url;
  message.button_text = tenant.locale == "ru" ? "Мои встречи" : "My meetings";
  message.unique_key = fmt::format("host.link:{}:{}", host.id.text(), app.world.clock.now());
  FLEAD_CHECK(channels::send_to_address(app, tx, tenant, "email", host.email, message));
  return {};
}

Status tell_waiting(App& app, store::Tx& tx, const tenants::Tenant& tenant, const Booking& held,
                    const intake::Lead& lead, std::string_view zone, std::string_view url,
                    TimeMs until) {
  Booking shown = held;
  shown.visitor_zone = zone;
  FLEAD_TRY(auto message, booking_message(app, tx, tenant, shown, lead, "booking.waiting"));
  FLEAD_TRY(const auto reader, zone_of(tenant, shown));
  const bool russian = is_russian(tenant, &lead);
  message.variables.erase("manage_url");
  message.variables.erase("location");
  message.variables["until"] = format_wall_long(reader.wall(until), russian ? "ru" : "en");
  message.variables["wait_url"] = url;
  message.button_text = russian ? "Записаться" : "Take the place";
  message.button_url = url;
  message.give_up_at = until;
  message.unique_key = "booking.waiting:" + held.id.text();
  FLEAD_CHECK(channels::send_to_lead(app, tx, tenant, lead, message));
  return {};
}

Status tell_to_pay(App& app, store::Tx& tx, const tenants::Tenant& tenant, const Booking& booking,
                   const intake::Lead& lead, std::string_view pay_url, bool again) {
  FLEAD_TRY(auto message, booking_message(app, tx, tenant, booking, lead, "booking.pay"));
  FLEAD_TRY(const auto reader, zone_of(tenant, booking));
  const bool russian = is_russian(tenant, &lead);
  const std::string language = russian ? "ru" : "en";
  const TimeMs until = booking.held_until.value_or(booking.starts_at);
  message.variables.erase("location");
  message.variables.erase("manage_url");
  message.variables["amount"] = print_money(booking.price, language);
  message.variables["until"] = format_wall_long(reader.wall(until), language);
  message.variables["pay_url"] = pay_url;
  message.button_text = russian ? "Оплатить" : "Pay";
  message.button_url = pay_url;
  message.give_up_at = until;
  // Once when the time is held, and once for each payment that failed since.
  message.unique_key = fmt::format("booking.pay:{}:{}:{}", booking.id.text(), pay_url, again);
  FLEAD_CHECK(channels::send_to_lead(app, tx, tenant, lead, message));
  return {};
}

Status ask_review(App& app, store::Tx& tx, const tenants::Tenant& tenant, const Booking& booking,
                  const intake::Lead& lead) {
  const TimeMs now = app.world.clock.now();
  if (booking.ends_at + k_review_ask_days_max * k_day_ms < now) return {};
  FLEAD_TRY(const std::string asks, tenants::setting(app, tx, tenant.id, "review.ask"));
  if (asks != "true") return {};
  FLEAD_TRY(auto message, booking_message(app, tx, tenant, booking, lead, "booking.review"));
  const bool russian = is_russian(tenant, &lead);
  message.button_text = russian ? "Оставить отзыв" : "Leave a review";
  message.unique_key = "booking.review:" + booking.id.text();
  FLEAD_CHECK(channels::send_to_lead(app, tx, tenant, lead, message));
  return {};
}

}  // namespace flead::booking
