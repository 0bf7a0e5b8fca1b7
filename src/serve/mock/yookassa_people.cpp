// Personal data of those who are paid, in YooKassa's double: names are checked and not kept.
#include <utility>

#include "core/base/text.h"
#include "serve/mock/yookassa_double.h"

namespace flead::serve::mock::yookassa_double {

namespace {

constexpr std::size_t k_first_name_max = 100;
constexpr std::size_t k_last_name_max = 200;
constexpr std::size_t k_people_of_payout_max = 2;

// Letters, spaces and hyphens: no digits or signs of ASCII.
bool is_name(const std::string& name, std::size_t characters_max) {
  constexpr std::string_view k_no_letters = "0123456789!\"#$%&'()*+,./:;<=>?@[\\]^_`{|}~";
  return !name.empty() && utf8_length(name) <= characters_max && !has_control_characters(name) &&
         name.find_first_of(k_no_letters) == std::string::npos;
}

Json person_json(const Person& person) {
  Json out = Json::object({{"id", person.id},
                           {"type", person.type},
                           {"status", person.active ? "active" : "waiting_for_operation"},
                           {"created_at", format_time(person.created)}});
  if (person.metadata.is_object()) out.set("metadata", person.metadata);
  return out;
}

}  // namespace

http::Reply Yookassa::personal_data(const Asked& asked) {
  if (!asked.parts[1].empty()) {
    const Person* person = thing_of(people_, asked.parts[1]);
    return person == nullptr ? not_found("personal_data") : good_reply(person_json(*person));
  }
  const Json& body = asked.body;
  Person made;
  made.id = "pd-" + make_uuid();
  made.type = body.text("type").value_or("");
  made.created = now();
  const bool statement = made.type == "payout_statement_recipient";
  if (!statement && made.type != "sbp_payout_recipient") {
    return invalid("There is no such type of personal data", "type");
  }
  if (!is_name(body.text("last_name").value_or(""), k_last_name_max)) {
    return invalid("The last name is needed, in letters", "last_name");
  }
  if (!is_name(body.text("first_name").value_or(""), k_first_name_max)) {
    return invalid("The first name is needed, in letters", "first_name");
  }
  if (body.find("middle_name") != nullptr &&
      !is_name(body.text("middle_name").value_or(""), k_last_name_max)) {
    return invalid("The middle name is in letters", "middle_name");
  }
  if (statement && !parse_date(body.text("birthdate").value_or(""))) {
    return invalid("The date of birth is needed", "birthdate");
  }
  if (auto fault = check_metadata(body)) return std::move(*fault);
  if (const Json* metadata = body.find("metadata")) made.metadata = *metadata;
  return good_reply(person_json(keep_thing(people_, std::move(made))));
}

// Of a payout: one or two of those that were made before. With the data for it, the recipient of
// SBP is checked.
Fault Yookassa::read_people(const Json& body, Payout& payout) {
  const Json* wish = body.find("personal_data");
  if (wish == nullptr) return std::nullopt;
  const Fault unknown = invalid("There are no such personal data", "personal_data");
  if (wish->items().empty() || wish->items().size() > k_people_of_payout_max) return unknown;
  for (const Json& one : wish->items()) {
    if (thing_of(people_, one.text("id").value_or("")) == nullptr) return unknown;
  }
  for (const Json& one : wish->items()) {
    Person* person = thing_of(people_, one.text("id").value_or(""));
    person->active = true;
    if (person->type == "sbp_payout_recipient" && payout.destination.text("type") == "sbp") {
      payout.destination.set("recipient_checked", true);
    }
  }
  return std::nullopt;
}

}  // namespace flead::serve::mock::yookassa_double
