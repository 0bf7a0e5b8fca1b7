#include "serve/api/lead_input.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/base/text.h"
#include "core/intake/proof.h"
#include "serve/http/http.h"

namespace flead::api {

namespace {

using intake::LeadEdit;
using intake::NewLead;
using intake::Utm;

struct InputText {
  std::string_view name;
  std::string NewLead::*member;
};
constexpr std::array k_input_texts = {
    InputText{"name", &NewLead::name},
    InputText{"phone", &NewLead::phone},
    InputText{"email", &NewLead::email},
    InputText{"telegram", &NewLead::telegram},
    InputText{"vk", &NewLead::vk},
    InputText{"whatsapp", &NewLead::whatsapp},
    InputText{"max", &NewLead::max},
    InputText{"message", &NewLead::message},
    InputText{"channel", &NewLead::channel},
    InputText{"page_url", &NewLead::page_url},
    InputText{"referrer", &NewLead::referrer},
};
struct InputUtm {
  std::string_view name;       // in JSON, below "utm"
  std::string_view form_name;  // in a form
  std::string Utm::*member;
};
constexpr std::array k_input_utm = {
    InputUtm{"source", "utm_source", &Utm::source},
    InputUtm{"medium", "utm_medium", &Utm::medium},
    InputUtm{"campaign", "utm_campaign", &Utm::campaign},
    InputUtm{"term", "utm_term", &Utm::term},
    InputUtm{"content", "utm_content", &Utm::content},
};

Error bad_json(std::string message) {
  return usage_error("bad_json", std::move(message));
}

bool has_nul(const Json& json) {
  if (const auto text = json.text()) return text->find('\0') != std::string::npos;
  for (const auto& [name, value] : json.members()) {
    if (name.find('\0') != std::string::npos || has_nul(value)) return true;
  }
  return std::any_of(json.items().begin(), json.items().end(), has_nul);
}

// JSON in UTF-8 without NUL, an object.
Result<Json> parse_object(std::string_view body) {
  FLEAD_TRY(Json json, parse_json(body));
  // Only an escape can make a NUL, and few bodies have one.
  if (body.find("\\u0000") != std::string_view::npos && has_nul(json)) {
    return bad_json("NUL characters are not text.");
  }
  if (!json.is_object()) return refused_field("body", "wrong_type", "A JSON object is expected.");
  return json;
}

// Members of one JSON object into fields; wrong types are collected.
class ObjectReader {
 public:
  ObjectReader(const Json& json, std::string prefix, std::vector<FieldError>& errors)
      : json_(json), prefix_(std::move(prefix)), errors_(errors) {}

  void text(std::string_view name, std::string& out) const {
    const Json* value = member(name);
    if (value == nullptr) return;
    if (auto text = value->text()) {
      out = std::move(*text);
    } else {
      wrong(name, "A text is expected.");
    }
  }

  // Null when missing or null; a value of another type is an error.
  const Json* object(std::string_view name) const {
    const Json* value = member(name);
    if (value != nullptr && !value->is_object()) {
      wrong(name, "An object is expected.");
      return nullptr;
    }
    return value;
  }

  void texts(std::string_view name, std::vector<std::string>& out) const {
    const Json* value = member(name);
    if (value == nullptr) return;
    const bool texts =
        value->is_array() && std::all_of(value->items().begin(), value->items().end(),
                                         [](const Json& item) { return item.is_text(); });
    if (!texts) return wrong(name, "A list of texts is expected.");
    for (const Json& item : value->items()) out.push_back(*item.text());
  }

  const Json* member(std::string_view name) const {
    for (const auto& [key, value] : json_.members()) {
      if (key == name) return value.is_null() ? nullptr : &value;
    }
    return nullptr;
  }

  void wrong(std::string_view name, std::string message) const {
    errors_.push_back({prefix_ + std::string(name), "wrong_type", std::move(message)});
  }

 private:
  const Json& json_;
  std::string prefix_;
  std::vector<FieldError>& errors_;
};

Error wrong_types(std::vector<FieldError> errors) {
  Error error = refused(errors.front().code, errors.front().field + ": " + errors.front().message);
  error.fields = std::move(errors);
  return error;
}

void read_consent(const Json& consent, NewLead& lead, std::vector<FieldError>& errors) {
  const ObjectReader reader(consent, "consent.", errors);
  reader.texts("purposes", lead.consent_purposes);
  if (const Json* versions = reader.object("versions")) {
    for (const auto& [purpose, version] : versions->members()) {
      const auto text = version.text();
      if (text && text->size() <= k_consent_version_characters_max) {
        lead.consent_versions[purpose] = *text;
      }
    }
  }
  const Json* version = reader.member("version");
  if (version == nullptr) return;
  if (const auto number = version->integer()) {
    lead.consent_version = std::to_string(*number);  // versions count, some write 3 for "3"
  } else {
    reader.text("version", lead.consent_version);
  }
}

// Hints are not fields of the contract: of another type they are simply not there.
std::string hint(const ObjectReader& reader, std::string_view name) {
  const Json* value = reader.member(name);
  return value == nullptr ? std::string() : value->text().value_or("");
}

// How a script or a form says how long it stood open; anything else is no claim.
std::optional<std::int64_t> read_elapsed(std::string_view text) {
  std::int64_t elapsed_ms = 0;
  const auto [stop, code] = std::from_chars(text.data(), text.data() + text.size(), elapsed_ms);
  if (code != std::errc() || stop != text.data() + text.size()) return std::nullopt;
  return elapsed_ms;
}

void read_signs(const ObjectReader& reader, NewLead& lead, std::vector<FieldError>& errors) {
  if (const Json* trap = reader.member(k_trap_field)) {
    if (!trap->is_text() || !trim(*trap->text()).empty()) lead.suspicion = intake::k_suspect_trap;
  }
  if (const Json* elapsed = reader.member("elapsed_ms")) lead.elapsed_ms = elapsed->integer();
  const Json* proof = reader.member("proof");
  if (proof == nullptr || !proof->is_object()) return;
  const ObjectReader proof_reader(*proof, "proof.", errors);
  lead.proof = {hint(proof_reader, "challenge"), hint(proof_reader, "nonce")};
}

bool starts_custom(std::string_view name) {
  return name.starts_with("custom[") && name.ends_with(']');
}

void read_form_pair(NewLead& lead, const std::string& name, const std::string& value) {
  for (const auto& field : k_input_texts) {
    if (name == field.name) lead.*field.member = value;
  }
  for (const auto& field : k_input_utm) {
    if (name == field.form_name) lead.utm.*field.member = value;
  }
  if (name == "consent" || name == "consent[]") lead.consent_purposes.push_back(value);
  if (name == "consent_version") lead.consent_version = value;
  if (name == "locale") lead.locale = value;
  if (name == "zone") lead.zone = value;
  if (name == k_trap_field && !trim(value).empty()) lead.suspicion = intake::k_suspect_trap;
  if (name == "elapsed_ms") lead.elapsed_ms = read_elapsed(value);
  if (name == "proof_challenge") lead.proof.challenge = value;
  if (name == "proof_nonce") lead.proof.nonce = value;
  if (starts_custom(name)) {
    constexpr std::size_t k_prefix = 7;  // custom[
    lead.custom.set(std::string_view(name).substr(k_prefix, name.size() - k_prefix - 1), value);
  }
}

}  // namespace

Result<NewLead> parse_lead_json(std::string_view body) {
  FLEAD_TRY(const Json json, parse_object(body));
  NewLead lead;
  std::vector<FieldError> errors;
  const ObjectReader reader(json, "", errors);
  for (const auto& field : k_input_texts) reader.text(field.name, lead.*field.member);
  if (const Json* utm = reader.object("utm")) {
    const ObjectReader utm_reader(*utm, "utm.", errors);
    for (const auto& field : k_input_utm) utm_reader.text(field.name, lead.utm.*field.member);
  }
  if (const Json* consent = reader.object("consent")) read_consent(*consent, lead, errors);
  if (const Json* custom = reader.object("custom")) lead.custom = *custom;
  lead.locale = hint(reader, "locale");
  lead.zone = hint(reader, "zone");
  read_signs(reader, lead, errors);
  if (!errors.empty()) return wrong_types(std::move(errors));
  return lead;
}

Result<NewLead> parse_lead_form(std::string_view body) {
  FLEAD_TRY(const auto pairs, http::parse_form(body));
  NewLead lead;
  for (const auto& [name, value] : pairs) read_form_pair(lead, name, value);
  return lead;
}

Result<LeadEdit> parse_lead_edit(std::string_view body) {
  struct EditText {
    std::string_view name;
    std::optional<std::string> LeadEdit::*member;
  };
  constexpr std::array k_edit_texts = {
      EditText{"name", &LeadEdit::name},
      EditText{"phone", &LeadEdit::phone},
      EditText{"email", &LeadEdit::email},
      EditText{"telegram", &LeadEdit::telegram},
      EditText{"vk", &LeadEdit::vk},
      EditText{"whatsapp", &LeadEdit::whatsapp},
      EditText{"max", &LeadEdit::max},
      EditText{"message", &LeadEdit::message},
      EditText{"channel", &LeadEdit::channel},
      EditText{"status", &LeadEdit::status},
      EditText{"assignee", &LeadEdit::assignee},
      EditText{"locale", &LeadEdit::locale},
      EditText{"zone", &LeadEdit::zone},
  };
  FLEAD_TRY(const Json json, parse_object(body));
  LeadEdit edit;
  std::vector<FieldError> errors;
  const ObjectReader reader(json, "", errors);
  for (const auto& [name, value] : json.members()) {
    const auto text =
        std::find_if(k_edit_texts.begin(), k_edit_texts.end(),
                     [&, &key = name](const EditText& row) { return row.name == key; });
    if (text != k_edit_texts.end()) {
      reader.text(name, (edit.*text->member).emplace());
    } else if (name == "custom") {
      const Json* custom = reader.object(name);
      edit.custom = custom == nullptr ? Json::object() : *custom;
    } else if (name == "tags") {
      reader.texts(name, edit.tags.emplace());
    } else {
      errors.push_back({name, "unknown_field", "This cannot be changed."});
    }
  }
  if (!errors.empty()) return wrong_types(std::move(errors));
  return edit;
}

}  // namespace flead::api
