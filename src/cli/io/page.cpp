#include "cli/io/page.h"

#include <fmt/format.h>

#include "cli/io/time_flag.h"
#include "core/base/id.h"

namespace flead::cli {

Status check_limit(std::int64_t limit) {
  if (limit >= 1 && limit <= k_cli_page_max) return {};
  return usage_error("bad_limit", fmt::format("--limit is 1 to {}", k_cli_page_max));
}

void add_time_options(Command& command, PageOptions& options, std::string_view what) {
  command.option("--since TIME", options.since, fmt::format("Only {} at this time or later", what))
      .option("--until TIME", options.until, fmt::format("Only {} before this time", what));
}

void add_page_options(Command& command, PageOptions& options, std::string_view what) {
  add_time_options(command, options, what);
  command.option("--limit N", options.limit, k_limit_text)
      .option("--cursor ID", options.cursor, "Go on after this row, the last one of a page")
      .not_empty();
}

Result<Page> read_page(Context& context, const PageOptions& options, std::string_view id_prefix) {
  FLEAD_CHECK(check_limit(options.limit));
  Page page;
  page.limit = options.limit;
  if (!options.cursor.empty() && !is_id(options.cursor, id_prefix)) {
    return usage_error("bad_cursor", "--cursor takes the id of the last row of a page",
                       fmt::format("Such as {}_01k9x0000000000000000000000", id_prefix));
  }
  page.after_id = options.cursor;
  if (options.since) {
    FLEAD_TRY(page.since, read_time_flag(context, "--since", *options.since));
  }
  if (options.until) {
    FLEAD_TRY(page.until, read_time_flag(context, "--until", *options.until));
  }
  return page;
}

void tell_next_page(Context& context, std::string_view last_id) {
  context.say(fmt::format("There are more: --cursor {}", last_id));
}

}  // namespace flead::cli
