#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

#include "core/base/csv.h"
#include "core/base/json.h"
#include "core/base/limits.h"
#include "core/base/time.h"
#include "core/intake/leads_filter.h"
#include "core/reports/export_leads.h"

namespace flead::reports {

namespace {

enum class ExportKind {
  always,  // a text that every lead has
  text,    // "" and NULL are null in JSON
  time,    // milliseconds, perhaps NULL
  object,  // JSON text
  tags,
};

struct ExportColumn {
  std::string_view field;  // "utm.source": the part before the dot is the object's name
  std::string_view sql;
  ExportKind kind = ExportKind::text;
};

constexpr std::array k_export_columns = {
    ExportColumn{"id", "leads.id", ExportKind::always},
    ExportColumn{"status", "leads.status", ExportKind::always},
    ExportColumn{"name", "leads.name"},
    ExportColumn{"phone", "leads.phone"},
    ExportColumn{"phone_typed", "leads.phone_typed"},
    ExportColumn{"email", "leads.email"},
    ExportColumn{"telegram", "leads.telegram"},
    ExportColumn{"vk", "leads.vk"},
    ExportColumn{"whatsapp", "leads.whatsapp"},
    ExportColumn{"max", "leads.max"},
    ExportColumn{"message", "leads.message"},
    ExportColumn{"channel", "leads.channel"},
    ExportColumn{"locale", "leads.locale", ExportKind::always},
    ExportColumn{"zone", "leads.zone"},
    ExportColumn{"source", "leads.source", ExportKind::always},
    ExportColumn{"page_url", "leads.page_url"},
    ExportColumn{"referrer", "leads.referrer"},
    ExportColumn{"utm.source", "leads.utm_source"},
    ExportColumn{"utm.medium", "leads.utm_medium"},
    ExportColumn{"utm.campaign", "leads.utm_campaign"},
    ExportColumn{"utm.term", "leads.utm_term"},
    ExportColumn{"utm.content", "leads.utm_content"},
    ExportColumn{"custom", "leads.custom", ExportKind::object},
    ExportColumn{"assignee", "leads.assignee"},
    ExportColumn{"tags", "''", ExportKind::tags},
    ExportColumn{"created_at", "leads.created_at_ms", ExportKind::time},
    ExportColumn{"updated_at", "leads.updated_at_ms", ExportKind::time},
    ExportColumn{"first_answer_at", "leads.first_answer_at_ms", ExportKind::time},
    ExportColumn{"needs_human_at", "leads.needs_human_at_ms", ExportKind::time},
    ExportColumn{"needs_human_why", "leads.needs_human_why"},
};

std::string_view object_of(const ExportColumn& column) {
  const std::size_t dot = column.field.find('.');
  return dot == std::string_view::npos ? std::string_view() : column.field.substr(0, dot);
}

Result<std::vector<const ExportColumn*>> choose_columns(const std::vector<std::string>& fields) {
  std::vector<const ExportColumn*> chosen;
  if (fields.empty()) {
    for (const auto& column : k_export_columns) chosen.push_back(&column);
    return chosen;
  }
  for (const std::string& field : fields) {
    // An object's own name means all of it.
    const std::size_t before = chosen.size();
    for (const auto& column : k_export_columns) {
      const bool wanted = column.field == field || object_of(column) == field;
      if (wanted && std::find(chosen.begin(), chosen.end(), &column) == chosen.end()) {
        chosen.push_back(&column);
      }
    }
    const bool known = std::any_of(k_export_columns.begin(), k_export_columns.end(),
                                   [&](const ExportColumn& column) {
                                     return column.field == field || object_of(column) == field;
                                   });
    if (chosen.size() == before && !known) {
      std::string hint = "The fields are:";
      for (const auto& column : k_export_columns) hint.append(" ").append(column.field);
      return usage_error("unknown_field", "There is no such field of a lead.", hint + ".");
    }
  }
  return chosen;
}

// In JSON the members of one object stand together, where the first of them was asked for.
void gather_objects(std::vector<const ExportColumn*>& columns) {
  for (auto first = columns.begin(); first != columns.end(); ++first) {
    const std::string_view object = object_of(**first);
    if (object.empty()) continue;
    std::stable_partition(first + 1, columns.end(),
                          [&](const ExportColumn* column) { return object_of(*column) == object; });
  }
}

// RFC 3339 with the day written once: rows of one day follow each other.
class ExportClock {
 public:
  void append(std::string& out, TimeMs time) {
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

 private:
  TimeMs day_ = -1;
  std::string day_text_;
};

// Rows into a buffer, the buffer into the sink. With `joined_tags` a lead comes once per tag, one
// row after the other, with the tag in the column after the last.
class LeadExporter {
 public:
  LeadExporter(ExportFormat format, std::vector<const ExportColumn*> columns, bool joined_tags,
               std::int64_t limit, const ExportSink& sink)
      : format_(format),
        columns_(std::move(columns)),
        joined_tags_(joined_tags),
        limit_(limit),
        sink_(sink) {
    buffer_.reserve(k_export_chunk_bytes + k_csv_row_bytes_max);
  }

  void begin() {
    if (format_ == ExportFormat::json) buffer_ += "[";
    if (format_ == ExportFormat::excel) buffer_ += "\xef\xbb\xbf";
    if (is_json()) return;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (i > 0) buffer_ += delimiter();
      buffer_ += columns_[i]->field;
    }
    end_line();
  }

  // False when the sink failed, `status` tells why, or when the limit is reached.
  bool add(const store::Row& row) {
    const int tag_column = static_cast<int>(columns_.size()) + 1;
    if (joined_tags_ && count_ > 0 && row.text(0) == id_) {
      tags_.push_back(row.string(tag_column));
      return true;
    }
    flush_row();
    if (limit_ > 0 && count_ == limit_) {
      cut_ = true;
      return false;
    }
    if (buffer_.size() >= k_export_chunk_bytes) drain();
    ++count_;
    write_row(row);
    if (joined_tags_ || limit_ > 0) id_ = row.text(0);
    if (joined_tags_ && !row.is_null(tag_column)) tags_.push_back(row.string(tag_column));
    return status.ok();
  }

  void end() {
    flush_row();
    if (format_ == ExportFormat::json) buffer_ += count_ == 0 ? "]\n" : "\n]\n";
    if (!buffer_.empty()) drain();
  }

  Exported exported() const { return {count_, cut_ ? id_ : ""}; }
  Status status;

  bool joined_tags() const { return joined_tags_; }

 private:
  bool is_json() const { return format_ == ExportFormat::json || format_ == ExportFormat::jsonl; }
  char delimiter() const {
    return format_ == ExportFormat::tsv ? '\t' : format_ == ExportFormat::excel ? ';' : ',';
  }
  void end_line() { buffer_ += format_ == ExportFormat::tsv || is_json() ? "\n" : "\r\n"; }

  // The lead that waits for its tags is complete.
  void flush_row() {
    if (!row_open_) return;
    row_open_ = false;
    if (joined_tags_ && tags_at_ != std::string::npos) {
      std::string cell;
      append_tags(cell);
      buffer_.insert(tags_at_, cell);
      tags_.clear();
    }
  }

  void write_row(const store::Row& row) {
    row_open_ = true;
    tags_at_ = std::string::npos;
    if (is_json()) {
      write_json(row);
    } else {
      for (std::size_t i = 0; i < columns_.size(); ++i) {
        if (i > 0) buffer_ += delimiter();
        write_cell(row, *columns_[i], static_cast<int>(i) + 1);
      }
      end_line();
    }
  }

  void append_cell(std::string& out, std::string_view text) const {
    if (format_ == ExportFormat::tsv) {
      append_tsv_cell(out, text);
    } else {
      append_csv_cell(out, text, delimiter());
    }
  }

  void write_cell(const store::Row& row, const ExportColumn& column, int index) {
    switch (column.kind) {
      case ExportKind::time:
        if (!row.is_null(index)) clock_.append(buffer_, row.integer(index));
        return;
      case ExportKind::tags:
        tags_at_ = buffer_.size();
        return;
      case ExportKind::object: {
        const std::string_view object = row.text(index);
        if (object != "{}") append_cell(buffer_, object);
        return;
      }
      case ExportKind::always:
      case ExportKind::text:
        append_cell(buffer_, row.text(index));
        return;
    }
  }

  void write_json(const store::Row& row) {
    if (format_ == ExportFormat::json) buffer_ += count_ == 1 ? "\n" : ",\n";
    std::string_view open;  // the inner object being written
    char before = '{';
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      const ExportColumn& column = *columns_[i];
      const std::string_view object = object_of(column);
      if (object != open) {
        if (!open.empty()) buffer_ += '}';
        open = object;
        if (!object.empty()) {
          buffer_ += before;
          append_json_string(buffer_, object);
          buffer_ += ':';
          before = '{';
        }
      }
      buffer_ += before;
      before = ',';
      append_json_string(buffer_, column.field.substr(object.empty() ? 0 : object.size() + 1));
      buffer_ += ':';
      write_value(row, column, static_cast<int>(i) + 1);
    }
    buffer_ += open.empty() ? "}" : "}}";
    if (format_ == ExportFormat::jsonl) end_line();
  }

  void write_value(const store::Row& row, const ExportColumn& column, int index) {
    switch (column.kind) {
      case ExportKind::time:
        if (row.is_null(index)) {
          buffer_ += "null";
        } else {
          buffer_ += '"';
          clock_.append(buffer_, row.integer(index));
          buffer_ += '"';
        }
        return;
      case ExportKind::tags:
        tags_at_ = buffer_.size();
        if (!joined_tags_) buffer_ += "[]";
        return;
      case ExportKind::object:
        buffer_ += row.text(index);
        return;
      case ExportKind::always:
        append_json_string(buffer_, row.text(index));
        return;
      case ExportKind::text: {
        const std::string_view text = row.text(index);
        if (text.empty()) {
          buffer_ += "null";
        } else {
          append_json_string(buffer_, text);
        }
        return;
      }
    }
  }

  void append_tags(std::string& out) const {
    if (is_json()) {
      out += '[';
      for (const std::string& tag : tags_) {
        if (out.size() > 1) out += ',';
        append_json_string(out, tag);
      }
      out += ']';
      return;
    }
    std::string joined;
    for (const std::string& tag : tags_) joined += (joined.empty() ? "" : ",") + tag;
    append_cell(out, joined);
  }

  void drain() {
    if (status) status = sink_(buffer_);
    buffer_.clear();
  }

  ExportFormat format_;
  std::vector<const ExportColumn*> columns_;
  bool joined_tags_;
  std::int64_t limit_;
  bool cut_ = false;
  const ExportSink& sink_;
  std::string buffer_;
  ExportClock clock_;
  std::int64_t count_ = 0;
  bool row_open_ = false;
  std::size_t tags_at_ = std::string::npos;
  std::string id_;
  std::vector<std::string> tags_;
};

Result<bool> has_tags(store::Tx& tx, const TenantId& tenant) {
  FLEAD_TRY(const auto found, tx.maybe(
                                  R"sql(
      SELECT 1 FROM lead_tags JOIN leads ON leads.id = lead_tags.lead_id
      WHERE leads.tenant_id = $1 LIMIT 1
  )sql",
                                  [](const store::Row&) { return true; }, tenant));
  return found.has_value();
}

std::string select_leads(const std::vector<const ExportColumn*>& columns, bool joined_tags) {
  std::string sql = "SELECT leads.id";
  for (const ExportColumn* column : columns) sql.append(", ").append(column->sql);
  return sql + (joined_tags ? ", lead_tags.tag FROM leads LEFT JOIN lead_tags"
                              " ON lead_tags.lead_id = leads.id"
                            : " FROM leads");
}

// The next k_export_leads_per_read: while a snapshot is being read, the write-ahead log cannot
// begin anew. `after` is where it went on; `more` says whether there are others.
Status export_some(store::Tx& tx, const TenantId& tenant, const ExportOptions& options,
                   const std::string& select, LeadExporter& exporter, std::string& after,
                   bool& more) {
  intake::LeadFilter filter = options.filter;
  filter.after_id.clear();
  intake::LeadWhere where(tenant, filter);
  // A copy is bound: `after` moves on while the rows come.
  const std::string key = where.add(std::string_view(after));
  std::string sql = select + where.text() + " AND leads.id > " + key;
  sql += exporter.joined_tags() ? " ORDER BY leads.id, lead_tags.tag" : " ORDER BY leads.id";
  std::int64_t leads = 0;
  FLEAD_CHECK(tx.run(sql, where.params(), [&](const store::Row& row) {
    if (row.text(0) != after) {
      if (leads == options.leads_per_read) {
        more = true;
        return false;
      }
      ++leads;
      after = row.text(0);
    }
    return exporter.add(row);
  }));
  return {};
}

}  // namespace

std::vector<std::string> lead_export_fields() {
  std::vector<std::string> fields;
  for (const auto& column : k_export_columns) fields.emplace_back(column.field);
  return fields;
}

Result<Exported> export_leads(store::Store& store, const TenantId& tenant,
                              const ExportOptions& options, const ExportSink& sink) {
  FLEAD_TRY(auto columns, choose_columns(options.fields));
  if (options.format == ExportFormat::json || options.format == ExportFormat::jsonl) {
    gather_objects(columns);
  }
  const bool wants_tags = std::any_of(columns.begin(), columns.end(), [](const auto* column) {
    return column->kind == ExportKind::tags;
  });
  bool joined_tags = false;
  if (wants_tags) {
    FLEAD_TRY(joined_tags, store.read([&](store::Tx& tx) { return has_tags(tx, tenant); }));
  }
  const std::string select = select_leads(columns, joined_tags);
  LeadExporter exporter(options.format, std::move(columns), joined_tags, options.limit, sink);
  exporter.begin();
  std::string after = options.after_id;
  for (bool more = true; more;) {
    more = false;
    FLEAD_CHECK(store.read([&](store::Tx& tx) {
      return export_some(tx, tenant, options, select, exporter, after, more);
    }));
  }
  if (exporter.status) exporter.end();
  if (!exporter.status) return std::move(exporter.status).error();
  return exporter.exported();
}

}  // namespace flead::reports
