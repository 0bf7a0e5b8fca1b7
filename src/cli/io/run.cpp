#include "cli/io/run.h"

#include <utility>

#include <fmt/format.h>

#include "cli/commands/all.h"
#include "cli/io/args.h"
#include "cli/io/command.h"
#include "cli/io/exit_code.h"
#include "cli/io/help.h"
#include "cli/io/keyed_store.h"
#include "cli/io/output.h"
#include "core/base/text.h"
#include "core/intake/idempotency.h"

namespace flead::cli {
namespace {

Error verb_missing(const Command& noun) {
  std::vector<std::string> verbs;
  for (const auto& verb : noun.children()) {
    if (!verb->is_hidden()) verbs.push_back(verb->name());
  }
  return usage_error("verb_missing",
                     fmt::format("'{}' needs a verb: {}", noun.path(), fmt::join(verbs, ", ")),
                     noun.path() + " --help");
}

Status check_formats(const Globals& globals) {
  const bool json = globals.json || globals.jsonl;
  const int formats = (json ? 1 : 0) + (globals.csv ? 1 : 0) + (globals.tsv ? 1 : 0);
  if (formats <= 1) return {};
  return usage_error("format_conflict", "One format at a time: --csv, --tsv, --json or --jsonl.");
}

// Every --tz, the command's own too: a zone that does not exist is a mistake on the line, whether
// or not anything would have been printed in it.
Status check_zone(const Command& root, const Command& command) {
  for (const Command* owner : {&command, &root}) {
    for (const Option& option : owner->options()) {
      if (option.name != "--tz") continue;
      const Target& target = option.target;
      std::string name = target.text != nullptr ? *target.text : "";
      if (target.optional_text != nullptr) name = target.optional_text->value_or("");
      if (name.empty()) continue;
      const auto zone = Zone::load(name);
      if (!zone) return usage_error("zone_unknown", zone.error().message, zone.error().hint);
    }
  }
  return {};
}

Status check_writing(const Globals& globals, const Command& command) {
  if (globals.dry_run && !command.no_dry_run_reason().empty()) {
    return usage_error("dry_run_refused",
                       fmt::format("'{}' has no --dry-run: it {}, and nothing takes that back",
                                   command.path(), command.no_dry_run_reason()));
  }
  if (!globals.key) return {};
  if (!command.is_write()) {
    return usage_error("key_unused", fmt::format("'{}' takes no --key", command.path()),
                       "A key keeps a write from happening twice.");
  }
  const Status valid = intake::check_idempotency_key(*globals.key);
  if (valid) return {};
  return usage_error("idempotency_key_invalid",
                     "--key is 1 to 255 characters without control characters");
}

Status check_wanted_fields(const Globals& globals, const Command& command) {
  if (!globals.json || globals.json->empty() || !command.has_fields()) return {};
  const Json prototype = command.prototype();
  return check_fields(split(*globals.json, ','), field_names(prototype), open_fields(prototype));
}

// Whatever can be wrong with the line alone is told before the command does anything: a write that
// has been committed is not taken back because its answer cannot be shown.
Status run_command(Context& context, const Command& command, const std::string& fingerprint) {
  FLEAD_CHECK(check_formats(context.globals));
  FLEAD_CHECK(check_zone(context.root(), command));
  FLEAD_CHECK(check_writing(context.globals, command));
  FLEAD_CHECK(check_wanted_fields(context.globals, command));
  context.begin(command, fingerprint);
  FLEAD_CHECK(context.open_output());
  FLEAD_TRY(const bool replayed, context.replay());
  if (replayed) return {};
  const Status done = command.handler()(context);
  if (!done && done.error().code == k_key_replayed) {
    FLEAD_CHECK(context.replay());  // by another process, just now
    return {};
  }
  if (!done) return done.error();
  if (const Status kept = context.keep_output(); !kept) {
    // The work is done and its answer is about to be printed: only a repeat will miss it.
    context.say("The answer could not be kept for the key: " + kept.error().message);
  }
  if (context.globals.dry_run && command.is_write()) {
    context.say("A dry run: nothing was changed.");
  }
  return {};
}

Status dispatch(Context& context, const std::vector<std::string>& args) {
  FLEAD_TRY(const Parsed parsed, parse_args(context.root(), args, context.shell()));
  const Command& command = *parsed.command;
  if (parsed.version && !parsed.help) {
    context.print_text("flead " FLEAD_VERSION);
    return {};
  }
  if (parsed.help || command.parent() == nullptr) {
    context.print_text(help_text(command));
    return {};
  }
  if (!command.handler()) return verb_missing(command);
  return run_command(context, command, parsed.fingerprint);
}

}  // namespace

void describe_root(Command& root) {
  root.summary("Leads from your site to a booked slot, in one program and one file");
}

void add_global_options(Command& root, Globals& globals) {
  root.option("--db FILE", globals.db, "The store; default $FLEAD_DB or ./flead.db")
      .not_empty()
      .option("--tenant SLUG", globals.tenant,
              "The tenant; default $FLEAD_TENANT or the only one there is")
      .not_empty()
      .option("--base-url URL", globals.base_url,
              "Public address in links; default $FLEAD_BASE_URL")
      .option("--json FIELDS", globals.json, "Print JSON, only these fields if any are named")
      .value_optional()
      .option("--jsonl", globals.jsonl, "Print one JSON object a line")
      .option("--csv", globals.csv, "Print CSV")
      .option("--tsv", globals.tsv, "Print tab-separated lines with a header")
      .option("-o,--output FILE", globals.output,
              "Write the data to this file; it appears complete or not at all")
      .not_empty()
      .option("--tz ZONE", globals.zone, "Zone of times in tables; default the tenant's")
      .option("--timeout TIME", globals.timeout, "How long to wait for a busy store; default 5s")
      .option("--now TIME", globals.now, "Pretend that it is this time; only in a test store")
      .option("--no-input", globals.no_input, "Never ask a question")
      .option("--yes", globals.yes, "Answer every confirmation with yes")
      .option("--dry-run", globals.dry_run, "Do everything but keep nothing of it")
      .option("--key ID", globals.key,
              "The same line with the same key, within 24 hours, is done once")
      .not_empty()
      .option("--quiet", globals.quiet, "Print data and errors, nothing else")
      .option("-v,--verbose", globals.verbose, "Log more")
      .option("--log-format FORMAT", globals.log_format, "How log lines look on stderr")
      .choices({"text", "json"})
      .option("--no-color", globals.no_color, "No colours; also $NO_COLOR")
      .option("-V,--version", globals.version, "Print the version");
}

std::string error_text(const Error& error, bool json) {
  if (json) {
    Json body = Json::object({{"code", error.code},
                              {"exit", exit_code(error.kind)},
                              {"message", error.message},
                              {"hint", error.hint}});
    if (!error.fields.empty()) {
      Json fields = Json::array();
      for (const FieldError& field : error.fields) {
        fields.push(Json::object(
            {{"field", field.field}, {"code", field.code}, {"message", field.message}}));
      }
      body.set("errors", std::move(fields));
    }
    return Json::object({{"error", std::move(body)}}).dump() + "\n";
  }
  std::string text = "flead: " + printable(error.message) + "\n";
  if (!error.hint.empty()) text += "  " + printable(error.hint) + "\n";
  return text;
}

int run(const std::vector<std::string>& args, Ports ports, Shell& shell) {
  Command root("flead", nullptr);
  describe_root(root);
  Context context(root, std::move(ports), shell);
  add_global_options(root, context.globals);
  add_commands(root);

  Status status = dispatch(context, args);
  if (Status finished = context.finish(status.ok()); status && !finished) {
    status = std::move(finished);
  }
  if (status) return 0;
  const Error& error = status.error();
  if (error.code == "broken_pipe") return k_exit_broken_pipe;
  shell.err(error_text(error, wants_json(args)));
  return exit_code(error.kind);
}

}  // namespace flead::cli
