#include <algorithm>
#include <array>
#include <utility>

#include "core/base/json.h"
#include "core/intake/lead_columns.h"
#include "core/intake/leads_filter.h"

namespace flead::intake {

namespace {

using Kind = LeadColumn::Kind;

constexpr std::array k_lead_columns = {
    LeadColumn{"id", "leads.id"},
    LeadColumn{"status", "leads.status"},
    LeadColumn{"name", "leads.name"},
    LeadColumn{"phone", "leads.phone"},
    LeadColumn{"phone_typed", "leads.phone_typed"},
    LeadColumn{"email", "leads.email"},
    LeadColumn{"telegram", "leads.telegram"},
    LeadColumn{"vk", "leads.vk"},
    LeadColumn{"whatsapp", "leads.whatsapp"},
    LeadColumn{"max", "leads.max"},
    LeadColumn{"message", "leads.message"},
    LeadColumn{"channel", "leads.channel"},
    LeadColumn{"locale", "leads.locale"},
    LeadColumn{"zone", "leads.zone"},
    LeadColumn{"source", "leads.source"},
    LeadColumn{"page_url", "leads.page_url"},
    LeadColumn{"referrer", "leads.referrer"},
    LeadColumn{"utm.source", "leads.utm_source"},
    LeadColumn{"utm.medium", "leads.utm_medium"},
    LeadColumn{"utm.campaign", "leads.utm_campaign"},
    LeadColumn{"utm.term", "leads.utm_term"},
    LeadColumn{"utm.content", "leads.utm_content"},
    LeadColumn{"custom", "leads.custom", Kind::object},
    LeadColumn{"assignee", "leads.assignee"},
    LeadColumn{"tags", "''", Kind::tags},
    LeadColumn{"created_at", "leads.created_at_ms", Kind::time},
    LeadColumn{"updated_at", "leads.updated_at_ms", Kind::time},
    LeadColumn{"first_answer_at", "leads.first_answer_at_ms", Kind::time},
    LeadColumn{"needs_human_at", "leads.needs_human_at_ms", Kind::time},
    LeadColumn{"needs_human_why", "leads.needs_human_why"},
};

std::string_view object_of(const LeadColumn& column) {
  const std::size_t dot = column.field.find('.');
  return dot == std::string_view::npos ? std::string_view() : column.field.substr(0, dot);
}

bool answers_to(const LeadColumn& column, std::string_view field) {
  return column.field == field || object_of(column) == field;
}

}  // namespace

std::vector<std::string> lead_fields() {
  std::vector<std::string> fields;
  for (const auto& column : k_lead_columns) fields.emplace_back(column.field);
  return fields;
}

Result<LeadColumns> choose_lead_columns(const std::vector<std::string>& fields) {
  LeadColumns chosen;
  if (fields.empty()) {
    for (const auto& column : k_lead_columns) chosen.push_back(&column);
    return chosen;
  }
  for (const std::string& field : fields) {
    bool known = false;
    for (const auto& column : k_lead_columns) {
      if (!answers_to(column, field)) continue;
      known = true;
      if (std::find(chosen.begin(), chosen.end(), &column) == chosen.end()) {
        chosen.push_back(&column);
      }
    }
    if (!known) {
      std::string message = "There is no such field of a lead. The fields are:";
      for (const auto& column : k_lead_columns) message.append(" ").append(column.field);
      return usage_error("unknown_field", message + ".");
    }
  }
  return chosen;
}

bool wants_tags(const LeadColumns& columns) {
  return std::any_of(columns.begin(), columns.end(),
                     [](const LeadColumn* column) { return column->kind == Kind::tags; });
}

LeadColumns gather_objects(LeadColumns columns) {
  for (auto first = columns.begin(); first != columns.end(); ++first) {
    const std::string_view object = object_of(**first);
    if (object.empty()) continue;
    std::stable_partition(first + 1, columns.end(),
                          [&](const LeadColumn* column) { return object_of(*column) == object; });
  }
  return columns;
}

std::string select_leads(const LeadColumns& columns, bool joined_tags) {
  std::string sql = "SELECT leads.id";
  for (const LeadColumn* column : columns) sql.append(", ").append(column->sql);
  return sql + (joined_tags ? ", lead_tags.tag FROM leads LEFT JOIN lead_tags"
                              " ON lead_tags.lead_id = leads.id"
                            : " FROM leads");
}

void LeadClock::append(std::string& out, TimeMs time) {
  const TimeMs day = time / k_day_ms;
  if (time < 0) {
    out += format_time(time);
    return;
  }
  if (day != day_) {
    day_ = day;
    day_text_ = format_time(day * k_day_ms).substr(0, 11);  // 2026-01-05T
  }
  auto rest = static_cast<unsigned>(time - day * k_day_ms);
  std::array<char, 13> clock = {'0', '0', ':', '0', '0', ':', '0', '0', '.', '0', '0', '0', 'Z'};
  const auto put = [&](std::size_t at, unsigned value) {
    clock[at] = static_cast<char>('0' + value / 10);
    clock[at + 1] = static_cast<char>('0' + value % 10);
  };
  const unsigned thousandths = rest % 1000;
  rest /= 1000;
  put(0, rest / 3600);
  put(3, rest / 60 % 60);
  put(6, rest % 60);
  clock[9] = static_cast<char>('0' + thousandths / 100);
  put(10, thousandths % 100);
  out.append(day_text_).append(clock.data(), clock.size());
}

LeadJson::LeadJson(LeadColumns gathered) : columns_(std::move(gathered)) {
  std::string_view open;  // the inner object being written
  std::string before = "{";
  for (const LeadColumn* column : columns_) {
    const std::string_view object = object_of(*column);
    if (object != open) {
      if (!open.empty()) before.insert(0, "}");
      open = object;
      if (!object.empty()) before.append("\"").append(object).append("\":{");
    }
    // The names are ours and need no escapes.
    before.append("\"").append(column->field.substr(object.empty() ? 0 : object.size() + 1));
    before_.push_back(before + "\":");
    before = ",";
  }
  end_ = open.empty() ? "}" : "}}";
}

void LeadJson::append(std::string& out, const store::Row& row) {
  tags_end_ = 0;
  has_tag_ = false;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    out += before_[i];
    append_value(out, row, i);
  }
  out += end_;
}

void LeadJson::append_value(std::string& out, const store::Row& row, std::size_t index) {
  const int at = static_cast<int>(index) + 1;
  switch (columns_[index]->kind) {
    case Kind::tags:
      out += "[]";
      tags_end_ = out.size() - 1;
      return;
    case Kind::object:
      out += row.text(at);
      return;
    case Kind::time:
      if (row.is_null(at)) break;
      out += '"';
      clock_.append(out, row.integer(at));
      out += '"';
      return;
    case Kind::text: {
      const std::string_view text = row.text(at);
      if (text.empty()) break;
      append_json_string(out, text);
      return;
    }
  }
  out += "null";
}

void LeadJson::append_tag(std::string& out, std::string_view tag) {
  if (tags_end_ == 0) return;
  std::string item = has_tag_ ? "," : "";
  append_json_string(item, tag);
  out.insert(tags_end_, item);
  tags_end_ += item.size();
  has_tag_ = true;
}

Result<LeadPage> list_json(store::Tx& tx, const TenantId& tenant, const LeadFilter& filter,
                           LeadColumns columns) {
  constexpr std::size_t k_row_bytes = 1024;  // about
  LeadJson writer(gather_objects(std::move(columns)));
  const bool tags = wants_tags(writer.columns());
  const int tag_column = static_cast<int>(writer.columns().size()) + 1;
  std::string sql = select_leads(writer.columns(), tags);
  LeadWhere where(tenant, filter);
  sql.append(where.text()).append(" ORDER BY leads.id DESC").append(tags ? ", lead_tags.tag" : "");
  LeadPage page;
  page.rows.reserve(static_cast<std::size_t>(filter.limit) * k_row_bytes);
  std::int64_t leads = 0;
  FLEAD_CHECK(tx.run(sql, where.params(), [&](const store::Row& row) {
    if (row.text(0) != page.last_id) {
      page.has_more = leads == filter.limit;
      if (page.has_more) return false;
      if (leads++ > 0) page.rows += ',';
      writer.append(page.rows, row);
      page.last_id = row.text(0);
    }
    if (tags && !row.is_null(tag_column)) writer.append_tag(page.rows, row.text(tag_column));
    return true;
  }));
  return page;
}

}  // namespace flead::intake
