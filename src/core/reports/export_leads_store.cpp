#include <cstddef>
#include <utility>

#include "core/base/csv.h"
#include "core/base/limits.h"
#include "core/intake/lead_columns.h"
#include "core/intake/leads_filter.h"
#include "core/reports/export_leads.h"

namespace flead::reports {

namespace {

using intake::LeadColumn;
using intake::LeadColumns;
using Kind = LeadColumn::Kind;

// Rows into a buffer, the buffer into the sink. With `joined_tags` a lead comes once per tag, one
// row after the other, with the tag in the column after the last.
class LeadExporter {
 public:
  LeadExporter(ExportFormat format, LeadColumns columns, bool joined_tags, std::int64_t limit,
               const ExportSink& sink)
      : format_(format),
        json_(std::move(columns)),
        joined_tags_(joined_tags),
        limit_(limit),
        sink_(sink) {
    buffer_.reserve(k_export_chunk_bytes + k_csv_row_bytes_max);
  }

  void begin() {
    if (format_ == ExportFormat::json) buffer_ += "[";
    if (format_ == ExportFormat::excel) buffer_ += "\xef\xbb\xbf";
    if (is_json()) return;
    for (std::size_t i = 0; i < columns().size(); ++i) {
      if (i > 0) buffer_ += delimiter();
      buffer_ += columns()[i]->field;
    }
    end_line();
  }

  // False when the sink failed, `status` tells why, or when the limit is reached.
  bool add(const store::Row& row) {
    const int tag_column = static_cast<int>(columns().size()) + 1;
    if (joined_tags_ && count_ > 0 && row.text(0) == id_) {
      add_tag(row.text(tag_column));
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
    if (joined_tags_ && !row.is_null(tag_column)) add_tag(row.text(tag_column));
    return status.ok();
  }

  void end() {
    flush_row();
    if (format_ == ExportFormat::json) buffer_ += count_ == 0 ? "]\n" : "\n]\n";
    if (!buffer_.empty()) drain();
  }

  Exported exported() const { return {count_, cut_ ? id_ : ""}; }
  Status status;

  const LeadColumns& columns() const { return json_.columns(); }
  bool joined_tags() const { return joined_tags_; }

 private:
  bool is_json() const { return format_ == ExportFormat::json || format_ == ExportFormat::jsonl; }
  char delimiter() const {
    return format_ == ExportFormat::tsv ? '\t' : format_ == ExportFormat::excel ? ';' : ',';
  }
  void end_line() { buffer_ += format_ == ExportFormat::tsv || is_json() ? "\n" : "\r\n"; }

  // The lead that waits for its tags is complete.
  void flush_row() {
    if (!tags_.empty() && tags_at_ != std::string::npos) buffer_.insert(tags_at_, joined_cell());
    tags_.clear();
    tags_at_ = std::string::npos;
  }

  void write_row(const store::Row& row) {
    if (is_json()) {
      if (format_ == ExportFormat::json) buffer_ += count_ == 1 ? "\n" : ",\n";
      json_.append(buffer_, row);
      if (format_ == ExportFormat::jsonl) end_line();
      return;
    }
    for (std::size_t i = 0; i < columns().size(); ++i) {
      if (i > 0) buffer_ += delimiter();
      write_cell(row, *columns()[i], static_cast<int>(i) + 1);
    }
    end_line();
  }

  void add_tag(std::string_view tag) {
    if (is_json()) {
      json_.append_tag(buffer_, tag);
    } else {
      tags_.emplace_back(tag);
    }
  }

  void append_cell(std::string& out, std::string_view text) const {
    if (format_ == ExportFormat::tsv) {
      append_tsv_cell(out, text);
    } else {
      append_csv_cell(out, text, delimiter());
    }
  }

  void write_cell(const store::Row& row, const LeadColumn& column, int index) {
    switch (column.kind) {
      case Kind::time:
        if (!row.is_null(index)) clock_.append(buffer_, row.integer(index));
        return;
      case Kind::tags:
        tags_at_ = buffer_.size();
        return;
      case Kind::object: {
        const std::string_view object = row.text(index);
        if (object != "{}") append_cell(buffer_, object);
        return;
      }
      case Kind::text:
        append_cell(buffer_, row.text(index));
        return;
    }
  }

  std::string joined_cell() const {
    std::string joined, cell;
    for (const std::string& tag : tags_) joined += (joined.empty() ? "" : ",") + tag;
    append_cell(cell, joined);
    return cell;
  }

  void drain() {
    if (status) status = sink_(buffer_);
    buffer_.clear();
  }

  ExportFormat format_;
  intake::LeadJson json_;  // has the columns in every format
  bool joined_tags_;
  std::int64_t limit_;
  bool cut_ = false;
  const ExportSink& sink_;
  std::string buffer_;
  intake::LeadClock clock_;
  std::int64_t count_ = 0;
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

Result<Exported> export_leads(store::Store& store, const TenantId& tenant,
                              const ExportOptions& options, const ExportSink& sink) {
  FLEAD_TRY(auto columns, intake::choose_lead_columns(options.fields));
  const bool json = options.format == ExportFormat::json || options.format == ExportFormat::jsonl;
  if (json) columns = intake::gather_objects(std::move(columns));
  bool joined_tags = false;
  if (intake::wants_tags(columns)) {
    FLEAD_TRY(joined_tags, store.read([&](store::Tx& tx) { return has_tags(tx, tenant); }));
  }
  LeadExporter exporter(options.format, std::move(columns), joined_tags, options.limit, sink);
  const std::string select = intake::select_leads(exporter.columns(), joined_tags);
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
