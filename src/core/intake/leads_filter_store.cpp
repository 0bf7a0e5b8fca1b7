#include <cstdint>

#include "core/base/limits.h"
#include "core/base/text.h"
#include "core/intake/lead_rules.h"
#include "core/intake/leads_filter.h"

namespace flead::intake {

LeadWhere::LeadWhere(const TenantId& tenant, const LeadFilter& filter) {
  text_ = " WHERE ";
  condition("leads.tenant_id = $", tenant.text());
  if (!filter.status.empty()) condition(" AND leads.status = $", filter.status);
  if (filter.needs_human) text_ += " AND leads.needs_human_at_ms IS NOT NULL";
  if (!filter.channel.empty()) condition(" AND leads.channel = $", filter.channel);
  if (!filter.assignee.empty()) condition(" AND leads.assignee = $", filter.assignee);
  if (!filter.source.empty()) {
    condition(" AND (leads.source = $", filter.source);
    text_ += " OR leads.utm_source = $" + std::to_string(params_.size()) + ")";
  }
  if (!filter.tag.empty()) {
    text_ += " AND EXISTS (SELECT 1 FROM lead_tags WHERE lead_tags.lead_id = leads.id";
    condition(" AND lead_tags.tag = $", filter.tag);
    text_ += ")";
  }
  if (filter.from) {
    // Ids begin with their time, so the walk from the newest ends here instead of at the oldest.
    condition(" AND leads.id >= $", least_id(LeadIdTag::k_prefix, *filter.from));
    condition(" AND leads.created_at_ms >= $", *filter.from);
  }
  if (filter.to) condition(" AND leads.created_at_ms < $", *filter.to);
  if (!filter.after_id.empty()) condition(" AND leads.id < $", filter.after_id);
  query(filter);
}

void LeadWhere::query(const LeadFilter& filter) {
  const Query query = parse_query(filter.query, filter.region);
  std::string column;
  switch (query.kind) {
    case Query::Kind::none:
      return;
    case Query::Kind::phone:
      column = "leads.phone";
      break;
    case Query::Kind::email:
      column = "leads.email_folded";
      break;
    case Query::Kind::name: {
      // Any part of a name, among the newest: an index of names would cost each lead a page of its
      // own on the disk, and find beginnings only.
      const std::string part = add(std::string_view(query.low));
      text_.append(" AND REPLACE(leads.name_folded, ").append(part);
      text_.append(", '') <> leads.name_folded AND leads.id >= (SELECT COALESCE(MIN(id), '') FROM");
      text_.append(" (SELECT id FROM leads WHERE tenant_id = $1 ORDER BY id DESC LIMIT ");
      text_.append(add(k_name_search_leads_max)).append(") AS newest)");
      return;
    }
  }
  condition(" AND " + column + " >= $", query.low);
  condition(" AND " + column + " < $", query.high);
}

std::string LeadWhere::add(std::int64_t value) {
  params_.emplace_back(value);
  return "$" + std::to_string(params_.size());
}

std::string LeadWhere::add(std::string_view value) {
  params_.emplace_back(std::string_view(values_.emplace_back(value)));
  return "$" + std::to_string(params_.size());
}

void LeadWhere::condition(std::string_view sql, std::string_view value) {
  params_.emplace_back(std::string_view(values_.emplace_back(value)));
  text_.append(sql).append(std::to_string(params_.size()));
}

void LeadWhere::condition(std::string_view sql, std::int64_t value) {
  params_.emplace_back(value);
  text_.append(sql).append(std::to_string(params_.size()));
}

}  // namespace flead::intake
