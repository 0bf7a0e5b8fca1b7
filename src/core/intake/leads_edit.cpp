// Changes that a person makes to a lead: fields, status, tags, notes.
#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "core/base/limits.h"
#include "core/base/text.h"
#include "core/base/zone.h"
#include "core/intake/counters.h"
#include "core/intake/events_store.h"
#include "core/intake/lead.h"
#include "core/intake/lead_rules.h"
#include "core/intake/leads_store.h"

namespace flead::intake {

namespace {

// Text fields that an edit may give: the same rule for each, from the edit into the lead.
struct EditedText {
  std::string_view field;
  std::optional<std::string> LeadEdit::* given;
  std::string NewLead::* checked;
  std::string Lead::* stored;
};
constexpr std::array k_edited_texts = {
    EditedText{"name", &LeadEdit::name, &NewLead::name, &Lead::name},
    EditedText{"phone_typed", &LeadEdit::phone, &NewLead::phone, &Lead::phone_typed},
    EditedText{"email", &LeadEdit::email, &NewLead::email, &Lead::email},
    EditedText{"telegram", &LeadEdit::telegram, &NewLead::telegram, &Lead::telegram},
    EditedText{"vk", &LeadEdit::vk, &NewLead::vk, &Lead::vk},
    EditedText{"whatsapp", &LeadEdit::whatsapp, &NewLead::whatsapp, &Lead::whatsapp},
    EditedText{"max", &LeadEdit::max, &NewLead::max, &Lead::max},
    EditedText{"message", &LeadEdit::message, &NewLead::message, &Lead::message},
    EditedText{"channel", &LeadEdit::channel, &NewLead::channel, &Lead::channel},
};

void check_status(const LeadEdit& edit, std::vector<FieldError>& errors) {
  if (edit.status && !is_status(*edit.status)) {
    std::string message = "One of:";
    for (const std::string& status : statuses()) message += " " + status;
    errors.push_back({"status", "status_unknown", message + "."});
  }
}

// Locale and zone are an operator's word here, so a wrong one is refused, not guessed at.
void check_locale_and_zone(LeadEdit& edit, std::vector<FieldError>& errors) {
  if (edit.locale && *edit.locale != "ru" && *edit.locale != "en") {
    errors.push_back({"locale", "locale_unknown", "ru or en."});
  }
  if (edit.zone && !edit.zone->empty()) {
    const auto zone = Zone::load(*edit.zone);
    if (zone) {
      edit.zone = zone->name();
    } else {
      errors.push_back({"zone", "zone_unknown", "An IANA zone such as Europe/Moscow."});
    }
  }
}

struct Change {
  std::string field;
  Json from, to;
};

void change_text(std::vector<Change>& changes, std::string_view field, std::string& stored,
                 const std::string& wanted) {
  if (stored == wanted) return;
  const auto shown = [](const std::string& text) { return text.empty() ? Json() : Json(text); };
  changes.push_back({std::string(field), shown(stored), shown(wanted)});
  stored = wanted;
}

// The edit's fields, checked by the rules of a new lead.
Result<CheckedLead> check_edit(const tenants::Tenant& tenant, LeadEdit& edit) {
  CheckedLead checked;
  for (const auto& text : k_edited_texts) {
    checked.input.*text.checked = (edit.*text.given).value_or("");
  }
  if (edit.custom) checked.input.custom = *edit.custom;
  std::vector<FieldError> errors;
  clean_texts(checked.input, errors);
  FLEAD_CHECK(check_contacts(checked, tenant.region, errors));
  check_status(edit, errors);
  check_locale_and_zone(edit, errors);
  if (edit.assignee) clean_line(*edit.assignee, "assignee", k_name_characters_max, errors);
  check_tags(edit.add_tags, errors);
  check_tags(edit.remove_tags, errors);
  if (edit.tags) check_tags(*edit.tags, errors);
  if (!errors.empty()) return refused_fields(std::move(errors));
  return checked;
}

std::vector<Change> apply_edit(Lead& lead, const LeadEdit& edit, const CheckedLead& checked) {
  std::vector<Change> changes;
  for (const auto& text : k_edited_texts) {
    if (edit.*text.given) {
      change_text(changes, text.field, lead.*text.stored, checked.input.*text.checked);
    }
  }
  if (edit.phone && lead.phone != checked.phone) {
    changes.push_back({"phone", Json(lead.phone), Json(checked.phone)});
    lead.phone = checked.phone;
  }
  if (edit.status) change_text(changes, "status", lead.status, *edit.status);
  if (edit.assignee) change_text(changes, "assignee", lead.assignee, *edit.assignee);
  if (edit.locale) change_text(changes, "locale", lead.locale, *edit.locale);
  if (edit.zone) change_text(changes, "zone", lead.zone, *edit.zone);
  if (edit.custom && lead.custom != *edit.custom) {
    changes.push_back({"custom", lead.custom, *edit.custom});
    lead.custom = *edit.custom;
  }
  return changes;
}

bool has_contact(const Lead& lead) {
  return lead.phone || !lead.email.empty() || !lead.telegram.empty() || !lead.vk.empty() ||
         !lead.whatsapp.empty() || !lead.max.empty();
}

std::vector<std::string> wanted_tags(const Lead& lead, const LeadEdit& edit) {
  std::vector<std::string> tags = edit.tags.value_or(lead.tags);
  tags.insert(tags.end(), edit.add_tags.begin(), edit.add_tags.end());
  std::sort(tags.begin(), tags.end());
  tags.erase(std::unique(tags.begin(), tags.end()), tags.end());
  std::erase_if(tags, [&](const std::string& tag) {
    return std::find(edit.remove_tags.begin(), edit.remove_tags.end(), tag) !=
           edit.remove_tags.end();
  });
  return tags;
}

Json tags_json(const std::vector<std::string>& tags) {
  Json json = Json::array();
  for (const std::string& tag : tags) json.push(tag);
  return json;
}

Status save_tags(store::Tx& tx, const Lead& lead, const std::vector<std::string>& wanted) {
  for (const std::string& tag : wanted) {
    if (!std::binary_search(lead.tags.begin(), lead.tags.end(), tag)) {
      FLEAD_CHECK(leads_store::add_tag(tx, lead.id, tag));
    }
  }
  for (const std::string& tag : lead.tags) {
    if (!std::binary_search(wanted.begin(), wanted.end(), tag)) {
      FLEAD_CHECK(leads_store::remove_tag(tx, lead.id, tag));
    }
  }
  return {};
}

Status save_lead(store::Tx& tx, const Lead& lead) {
  const std::optional<std::string> folded =
      lead.email.empty() ? std::nullopt : std::optional(fold_email(lead.email));
  Status saved = leads_store::update(tx, lead, folded);
  if (!saved && saved.error().kind == ErrorKind::conflict) {
    return conflict("contact_taken", "Another lead has this phone or e-mail.");
  }
  return saved;
}

// Out of suspect (or into it) a lead changes the column of its day too.
Status count_change(store::Tx& tx, const tenants::Tenant& tenant, const Lead& before,
                    const Lead& lead) {
  FLEAD_CHECK(count_status(tx, tenant.id, before.status, lead.status));
  const bool was = before.status == "suspect";
  const bool is = lead.status == "suspect";
  if (was == is) return {};
  FLEAD_CHECK(count(tx, tenant, lead.created_at, k_metric_suspects, "", is ? 1 : -1));
  return count(tx, tenant, lead.created_at, k_metric_leads, source_label(lead), is ? -1 : 1);
}

}  // namespace

Result<Lead> edit(World& world, store::Tx& tx, const tenants::Tenant& tenant, const LeadId& id,
                  const LeadEdit& wanted, std::string_view actor) {
  LeadEdit given = wanted;
  FLEAD_TRY(const CheckedLead checked, check_edit(tenant, given));
  FLEAD_TRY(Lead lead, load(tx, tenant.id, id));
  const Lead before = lead;
  std::vector<Change> changes = apply_edit(lead, given, checked);
  if (!has_contact(lead)) {
    return refused_field("contact", "contact_required",
                         "A phone, an e-mail or a messenger contact is needed.");
  }
  std::vector<std::string> tags = wanted_tags(lead, given);
  if (tags.size() > k_tags_max) {
    return refused_field("tags", "tag_invalid", "At most " + std::to_string(k_tags_max) + " tags.");
  }
  if (tags != lead.tags) changes.push_back({"tags", tags_json(lead.tags), tags_json(tags)});
  if (changes.empty()) return lead;

  lead.updated_at = world.clock.now();
  FLEAD_CHECK(save_lead(tx, lead));
  FLEAD_CHECK(count_change(tx, tenant, before, lead));
  FLEAD_CHECK(save_tags(tx, lead, tags));
  lead.tags = std::move(tags);
  Json changed = Json::object();
  for (Change& change : changes) {
    changed.set(change.field,
                Json::object({{"from", std::move(change.from)}, {"to", std::move(change.to)}}));
  }
  FLEAD_CHECK(add_event(world, tx, tenant.id, id, "lead.edited", actor,
                        Json::object({{"changes", std::move(changed)}})));
  if (before.status == "suspect" && lead.status == "new") {
    FLEAD_CHECK(enqueue_greeting(world, tx, lead));
  }
  return lead;
}

Result<Event> add_note(World& world, store::Tx& tx, const TenantId& tenant, const LeadId& id,
                       std::string_view text, std::string_view actor) {
  std::string note(text);
  std::vector<FieldError> errors;
  clean_message(note, "text", errors);
  if (errors.empty() && trim(note).empty()) {
    errors.push_back({"text", "text_required", "A note needs a text."});
  }
  if (!errors.empty()) return refused_fields(std::move(errors));
  FLEAD_CHECK(load(tx, tenant, id));
  Event event;
  event.id = new_id<EventIdTag>(world);
  event.lead = id;
  event.kind = "note";
  event.actor = actor;
  event.data = Json::object({{"text", std::move(note)}});
  event.at = world.clock.now();
  FLEAD_CHECK(events_store::insert(tx, tenant, event));
  return event;
}

}  // namespace flead::intake
