// `flead export`: everything of one kind, in constant memory, and `flead import`, its opposite.
#include <memory>
#include <utility>

#include "cli/commands/all.h"
#include "cli/commands/lead_commands.h"
#include "cli/io/page.h"
#include "core/base/text.h"
#include "core/reports/export_leads.h"

namespace flead::cli {

namespace {

struct ExportLeads {
  LeadFilterOptions filter;
  PageOptions page;
  std::optional<std::int64_t> limit;
  bool excel = false;
};

Result<reports::ExportFormat> export_format(const Globals& globals, bool excel) {
  using reports::ExportFormat;
  if (excel && (globals.tsv || globals.json || globals.jsonl)) {
    return usage_error("format_conflict", "--excel is CSV: no --tsv, --json or --jsonl with it.");
  }
  if (excel) return ExportFormat::excel;
  if (globals.tsv) return ExportFormat::tsv;
  if (globals.jsonl) return ExportFormat::jsonl;
  return globals.json ? ExportFormat::json : ExportFormat::csv;
}

Status run_export_leads(Context& context, const ExportLeads& given) {
  reports::ExportOptions options;
  FLEAD_TRY(options.format, export_format(context.globals, given.excel));
  if (context.globals.json && !context.globals.json->empty()) {
    options.fields = split(*context.globals.json, ',');
  }
  FLEAD_TRY(const Page page, read_page(context, given.page, LeadIdTag::k_prefix));
  if (given.limit && *given.limit < 1) {
    return usage_error("bad_limit", "--limit is at least 1; without it all are exported");
  }
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const auto tenant, context.tenant());
  FLEAD_TRY(options.filter, read_lead_filter(context, given.filter));
  options.filter.from = page.since;
  options.filter.to = page.until;
  options.after_id = page.after_id;
  options.limit = given.limit.value_or(0);
  FLEAD_TRY(const auto exported,
            reports::export_leads(app->store, tenant.id, options, [&](std::string_view chunk) {
              return context.write(chunk);
            }));
  if (context.globals.output) context.say(std::to_string(exported.leads) + " leads");
  if (!exported.next_after_id.empty()) tell_next_page(context, exported.next_after_id);
  return {};
}

}  // namespace

void add_export_commands(Command& root) {
  Command& noun =
      root.sub("export").group(Group::reports).summary("Write out everything of a kind");
  auto leads = std::make_shared<ExportLeads>();
  Command& verb = noun.sub("leads");
  verb.alias("lead")
      .summary("Export leads as CSV, TSV or JSON, oldest first")
      .description(
          "CSV unless --tsv, --json or --jsonl says otherwise, in constant memory however many "
          "there are. With -o FILE the file appears when it is complete, never half. In CSV a cell "
          "that a spreadsheet would run as a formula (it begins with = + - or @) gets an "
          "apostrophe in front; `lead import` takes it off again.");
  add_lead_filter_options(verb, leads->filter);
  add_time_options(verb, leads->page, "leads that came");
  verb.option("--limit N", leads->limit, "Most leads to export; all of them unless set")
      .option("--cursor ID", leads->page.cursor, "Go on after this lead, the last one exported")
      .not_empty()
      .option("--excel", leads->excel, "CSV that a Russian Excel opens: BOM, semicolons, CRLF")
      .prints(fields_of<intake::Lead>)
      .example("flead export leads -o leads.csv --since 2026-01-01")
      .example("flead export leads --jsonl | jq -r .email")
      .run([leads](Context& context) { return run_export_leads(context, *leads); });
}

void add_import_commands(Command& root) {
  Command& noun = root.sub("import").group(Group::reports).summary("Read in people from a file");
  add_lead_import(noun, "leads");
}

}  // namespace flead::cli
