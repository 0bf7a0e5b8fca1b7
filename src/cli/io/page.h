// Lists a page at a time, as each of them has it: --since, --until, --limit, --cursor. A cursor is
// the id of the last row shown, so it stays valid while rows arrive. Called by commands.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/io/command.h"
#include "cli/io/context.h"
#include "core/base/limits.h"

namespace flead::cli {

inline constexpr const char* k_limit_text = "Most rows to print, 1 to 1000";

// Error bad_limit (usage).
Status check_limit(std::int64_t limit);

struct PageOptions {
  std::optional<std::string> since, until;
  std::string cursor;
  std::int64_t limit = k_page_default;
};
// `what` happened in that time: "leads that came".
void add_page_options(Command& command, PageOptions& options, std::string_view what);
void add_time_options(Command& command, PageOptions& options, std::string_view what);

struct Page {
  std::optional<TimeMs> since, until;
  std::string after_id;  // "" is the first page
  std::int64_t limit = 0;
};
// A bare date is a day of the zone for output. Errors (usage): bad_limit, bad_cursor unless it is
// an id with this prefix, time_invalid.
Result<Page> read_page(Context& context, const PageOptions& options, std::string_view id_prefix);

void tell_next_page(Context& context, std::string_view last_id);

// Of up to limit + 1 rows those that are shown; says how to go on when there was one more.
template <class Row>
void cut_page(Context& context, const Page& page, std::vector<Row>& rows) {
  if (rows.size() <= static_cast<std::size_t>(page.limit)) return;
  rows.resize(static_cast<std::size_t>(page.limit));
  tell_next_page(context, rows.back().id.text());
}

}  // namespace flead::cli
