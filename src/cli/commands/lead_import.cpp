// `flead lead import` and its alias `flead import leads`.
#include <sys/stat.h>

#include <memory>
#include <utility>

#include "cli/commands/lead_commands.h"
#include "cli/io/output.h"
#include "core/base/limits.h"
#include "core/intake/import.h"

namespace flead::cli {

namespace {

constexpr std::size_t k_rejects_told_max = 5;  // on stderr, when there is no file for them

struct LeadImportOptions {
  std::string file;
  std::vector<std::string> map, consent;
  std::string region;
  std::optional<std::string> rejects;
  bool dry_run = false;
  bool greet = false;
};

Result<intake::ImportOptions> import_options(const LeadImportOptions& given) {
  intake::ImportOptions options;
  for (const std::string& text : given.map) {
    FLEAD_TRY(auto pairs, intake::parse_import_map(text));
    options.map.insert(options.map.end(), pairs.begin(), pairs.end());
  }
  options.region = given.region;
  options.consent = split_purposes(given.consent);
  options.greet = given.greet;
  return options;
}

// Known before the rows go to the batch.
struct ImportSizes {
  std::int64_t rows = 0;
  std::int64_t rejected = 0;
};

Json import_summary(const intake::ImportPlan& plan, const ImportSizes& sizes,
                    const intake::ImportCounts& counts, bool dry_run) {
  Json columns = Json::object();
  for (const auto& [field, header] : plan.columns) columns.set(field, header);
  Json ignored = Json::array();
  for (const std::string& header : plan.ignored) ignored.push(header);
  return Json::object({{"rows", sizes.rows},
                       {"created", counts.created},
                       {"duplicates", counts.duplicates},
                       {"rejected", sizes.rejected},
                       {"columns", std::move(columns)},
                       {"ignored_columns", std::move(ignored)},
                       {"dry_run", dry_run}});
}

void tell_import_rejects(Context& context, const intake::ImportPlan& plan) {
  for (std::size_t i = 0; i < plan.rejected.size() && i < k_rejects_told_max; ++i) {
    const auto& row = plan.rejected[i];
    context.say("line " + std::to_string(row.line) + ": " + row.reason);
  }
  if (plan.rejected.size() > k_rejects_told_max) {
    context.say("and more; --rejects FILE takes them all, with their reasons.");
  }
}

bool is_same_file(const std::string& one, const std::string& other) {
  struct stat first {};
  struct stat second {};
  return ::stat(one.c_str(), &first) == 0 && ::stat(other.c_str(), &second) == 0 &&
         first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}

// The file of the rejected rows, written but not yet in its place. A dry run replaces no file that
// is there; nothing then, and nothing without --rejects: their reasons are told instead.
Result<std::optional<OutputFile>> open_rejects(Context& context, const LeadImportOptions& given,
                                               const intake::ImportPlan& plan) {
  struct stat known {};
  const bool keep = given.rejects && given.dry_run && ::stat(given.rejects->c_str(), &known) == 0;
  if (keep) context.say(*given.rejects + " is there already: a dry run leaves it as it is.");
  if (!given.rejects || keep) {
    tell_import_rejects(context, plan);
    return std::optional<OutputFile>();
  }
  FLEAD_TRY(auto opened, OutputFile::open(*given.rejects));
  FLEAD_CHECK(opened.write(intake::format_rejects(plan)));
  return std::optional<OutputFile>(std::move(opened));
}

Status run_lead_import(Context& context, const LeadImportOptions& given) {
  FLEAD_TRY(const auto options, import_options(given));
  if (given.rejects && given.file != "-" && is_same_file(given.file, *given.rejects)) {
    return usage_error("rejects_is_input", "--rejects names the file that is imported",
                       "Give the rejected rows a file of their own.");
  }
  FLEAD_TRY(const std::string file, context.read_file(given.file, k_import_bytes_max));
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const auto tenant, context.tenant());
  FLEAD_TRY(auto plan, intake::read_import(tenant, file, options));
  ImportSizes sizes;
  sizes.rejected = static_cast<std::int64_t>(plan.rejected.size());
  sizes.rows = sizes.rejected + static_cast<std::int64_t>(plan.rows.size());
  // The rejects are on the disk before the store changes: an import never loses its bad rows.
  FLEAD_TRY(auto rejects, open_rejects(context, given, plan));
  if (plan.rows.empty() && !plan.rejected.empty()) {
    if (rejects) FLEAD_CHECK(rejects->commit());
    return refused("import_rejected", "Every row was rejected; nothing was imported.",
                   "See the reasons above or in the --rejects file; --map names columns.");
  }
  if (plan.unknown_statuses > 0) {
    context.say(std::to_string(plan.unknown_statuses) +
                " rows have a status that leads do not have: they come in as new.");
  }
  const intake::ImportBatch batch(app->world, tenant, plan, options);
  FLEAD_TRY(const auto counts,
            given.dry_run
                ? app->store.read([&](store::Tx& tx) { return batch.count(tx); })
                : app->store.write([&](store::Tx& tx) { return batch.write(app->world, tx); }));
  if (rejects) FLEAD_CHECK(rejects->commit());
  return context.print_object(import_summary(plan, sizes, counts, given.dry_run));
}

}  // namespace

void add_lead_import(Command& parent, std::string_view verb) {
  auto options = std::make_shared<LeadImportOptions>();
  parent.sub(verb)
      .summary("Import leads from a CSV file, all good rows in one commit")
      .description(
          "Reads what spreadsheets write: comma, semicolon or tab, UTF-8 with or without a byte "
          "order mark, or windows-1251. The first line has the headers; common Russian and English "
          "names of columns are understood, --map names the others. Columns of no known field are "
          "kept in the raw log and named in the summary; custom.KEY is a value of your own.\n\n"
          "A row that breaks a rule goes to the --rejects file with its line and reason; the good "
          "rows are imported together or not at all. A file that ends inside a quoted cell, or "
          "with "
          "a last row that is shorter than the header and has no line end, is cut: nothing of it "
          "is imported. A phone or e-mail that is known becomes an event of its "
          "lead. Nobody is greeted without --greet, and a consent is recorded only where the file "
          "has such a column or you vouch for it with --consent. What `export leads` wrote comes "
          "back "
          "with its status, assignee, source, created_at and custom values.")
      .example("flead lead import people.csv --dry-run", "what would happen")
      .example("flead lead import people.csv --map 'name=Имя,phone=Контакт' --rejects bad.csv")
      .positional("FILE", options->file, "The CSV file; - is standard input")
      .option("--map FIELD=HEADER", options->map, "Columns of other names, joined by commas")
      .option("--region CODE", options->region, "Country of phones without +; default the tenant's")
      .option("--consent PURPOSES", options->consent,
              "You vouch that all of them agreed: processing, marketing")
      .option("--rejects FILE", options->rejects, "Where the rejected rows go, with reasons")
      .option("--dry-run", options->dry_run,
              "Only count what would happen; a --rejects file that is there is left alone")
      .option("--greet", options->greet, "Greet the new leads as if they had just written")
      .writes()
      .prints([] { return import_summary({}, {}, {}, false); })
      .run([options](Context& context) { return run_lead_import(context, *options); });
}

}  // namespace flead::cli
