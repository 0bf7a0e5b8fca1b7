#include "serve/api/booking_input.h"

#include <string>
#include <utility>
#include <vector>

#include "core/base/text.h"
#include "serve/api/lead_input.h"

namespace flead::api {

namespace {

Error one_field(std::string_view field, std::string_view code, std::string_view message) {
  return refused_field(std::string(field), std::string(code), std::string(message));
}

Result<Json> parse_booking_object(std::string_view body) {
  FLEAD_TRY(Json json, parse_json(body));
  if (!json.is_object()) return one_field("body", "wrong_type", "A JSON object is expected.");
  return json;
}

// A member that is missing or null is "".
Result<std::string> read_text(const Json& json, std::string_view name) {
  const Json* value = json.find(name);
  if (value == nullptr || value->is_null()) return std::string();
  auto text = value->text();
  if (!text) return one_field(name, "wrong_type", "A text is expected.");
  if (text->find('\0') != std::string::npos) {
    return usage_error("bad_json", "NUL characters are not text.");
  }
  return std::move(*text);
}

Result<std::optional<std::int64_t>> read_count(const Json& json, std::string_view name) {
  const Json* value = json.find(name);
  if (value == nullptr || value->is_null()) return std::optional<std::int64_t>();
  const auto count = value->integer();
  if (count && *count >= 0) return std::optional<std::int64_t>(*count);
  return one_field(name, "wrong_type", "A whole number is expected.");
}

Result<TimeMs> read_start(const Json& json) {
  FLEAD_TRY(const auto text, read_text(json, "starts_at"));
  if (text.empty()) return one_field("starts_at", "required", "Say when: starts_at.");
  const auto time = parse_time(text);
  if (time) return *time;
  return one_field("starts_at", "time_invalid", "A time such as 2026-03-28T09:00:00Z is expected.");
}

Result<std::optional<intake::NewLead>> read_contact(const Json& json) {
  const Json* contact = json.find("contact");
  if (contact == nullptr || contact->is_null()) return std::optional<intake::NewLead>();
  if (!contact->is_object()) return one_field("contact", "wrong_type", "An object is expected.");
  Json whole = *contact;
  for (const auto* name : {"consent", "utm", "page_url", "referrer", "message", "custom"}) {
    const Json* beside = json.find(name);
    if (beside != nullptr && whole.find(name) == nullptr) whole.set(name, *beside);
  }
  auto lead = parse_lead_json(whole.dump());
  if (!lead) return in_contact(std::move(lead.error()));
  return std::optional<intake::NewLead>(std::move(*lead));
}

}  // namespace

Error in_contact(Error error) {
  for (auto& field : error.fields) field.field = "contact." + field.field;
  return error;
}

Result<BookingInput> parse_booking_json(std::string_view body) {
  FLEAD_TRY(const Json json, parse_booking_object(body));
  BookingInput input;
  FLEAD_TRY(input.booking.offer, read_text(json, "offer"));
  FLEAD_TRY(input.booking.zone, read_text(json, "zone"));
  FLEAD_TRY(const auto hold, read_text(json, "hold"));
  if (!hold.empty()) {
    input.booking.hold = BookingId(hold);
  } else {
    FLEAD_TRY(input.booking.starts_at, read_start(json));
  }
  FLEAD_TRY(const auto status, read_text(json, "status"));
  if (!status.empty() && status != "confirmed" && status != "requested") {
    return one_field("status", "status_unknown", "A new booking is confirmed or requested.");
  }
  input.booking.request_only = status == "requested";
  // An id of ours, or the token of the person's own links.
  FLEAD_TRY(const auto lead, read_text(json, "lead"));
  if (is_id(lead, LeadIdTag::k_prefix)) {
    input.booking.lead = LeadId(lead);
  } else {
    input.booking.link_token = lead;
  }
  FLEAD_TRY(input.booking.format, read_text(json, "format"));
  FLEAD_TRY(input.booking.amount_minor, read_count(json, "amount_minor"));
  FLEAD_TRY(input.booking.price_version, read_count(json, "price_version"));
  FLEAD_TRY(input.contact, read_contact(json));
  if (!lead.empty() && input.contact) {
    return one_field("contact", "ambiguous", "Give lead or contact, not both.");
  }
  return input;
}

Result<booking::Change> parse_change_json(booking::Action action, std::string_view body) {
  booking::Change change;
  change.action = action;
  FLEAD_TRY(const Json json, parse_booking_object(trim(body).empty() ? "{}" : body));
  FLEAD_TRY(change.reason, read_text(json, "reason"));
  if (action == booking::Action::move) {
    FLEAD_TRY(change.starts_at, read_start(json));
  }
  return change;
}

}  // namespace flead::api
