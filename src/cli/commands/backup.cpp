// `flead backup` and `flead restore`: the store into one file, and back.
#include <memory>

#include <fmt/format.h>

#include "cli/commands/all.h"
#include "cli/io/context.h"
#include "core/tenants/store_key.h"
#include "core/upkeep/backup.h"
#include "core/upkeep/files.h"
#include "core/upkeep/restore.h"

namespace flead::cli {
namespace {

struct RestoreFlags {
  std::string file;
  std::vector<std::string> erasures;
  bool check = false;
};

// The one thing that a backup lacks on purpose: whoever has both can read the stored secrets.
void say_where_key_is(Context& context) {
  const auto path = context.key_path();
  context.say(path && !path->empty()
                  ? fmt::format("The key is not in it: keep a copy of {} somewhere else.", *path)
                  : "The key is not in it: keep $FLEAD_KEY somewhere else.");
}

Status back_up(Context& context, const upkeep::BackupPlan& plan) {
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const upkeep::Backup made, upkeep::make_backup(*app, plan));
  say_where_key_is(context);
  return context.print_object(upkeep::to_json(made));
}

// The restored store may be sealed with another key than the one at hand; it is good without it,
// but its channels are not.
Status say_if_key_differs(Context& context) {
  FLEAD_TRY(App * app, context.app());
  const Status fits =
      app->store.read([&](store::Tx& tx) { return tenants::check_key(tx, app->key); });
  if (!fits) {
    context.say("The key of this store is not here: put it back, or channels cannot log in. " +
                fits.error().message);
  }
  return {};
}

Status restore(Context& context, const RestoreFlags& flags) {
  FLEAD_TRY(const Config config, context.config());
  upkeep::RestorePlan plan;
  plan.db_path = config.db_path;
  plan.file = flags.file;
  plan.erasures = flags.erasures;
  plan.check = flags.check;
  if (!flags.check && upkeep::file_exists(plan.db_path)) {
    FLEAD_CHECK(
        context.confirm(fmt::format("Put {} in the place of {}?", plan.file, plan.db_path)));
  }
  FLEAD_CHECK(context.start_log(LogLevel::warning));
  FLEAD_TRY(const upkeep::Restored restored, upkeep::restore(context.world(), plan));
  if (restored.checked_only) {
    context.say("It can be restored. Nothing was changed.");
  } else {
    FLEAD_CHECK(say_if_key_differs(context));
  }
  return context.print_object(upkeep::to_json(restored));
}

}  // namespace

void add_backup_command(Command& root) {
  auto plan = std::make_shared<upkeep::BackupPlan>();
  root.sub("backup")
      .group(Group::jobs)
      .summary("Copy the whole store into one file, while it is in use")
      .description(
          "The copy is of one moment, compact, and complete or not there. Without -o it goes into "
          "the folder `backups` beside the store, with the time in its name. --verify opens the "
          "copy and checks all of it before it counts.\n\n"
          "The key that seals stored secrets (FILE.key, or $FLEAD_KEY) is not in a backup: keep a "
          "copy of it somewhere else. Without it everything can be restored but the passwords of "
          "channels.")
      .example("flead backup --verify --keep 14", "from cron, every night")
      .example("flead backup -o /mnt/usb/flead.db", "to one file, over an older one")
      .option("-o,--output FILE", plan->out,
              "The file, or a folder; default `backups` beside the store")
      .option("--keep N", plan->keep,
              "Of the backups in that folder keep so many, the newest; default all")
      .option("--verify", plan->verify, "Open the copy and check every page and reference")
      .no_dry_run("writes a file")
      .prints([] { return upkeep::to_json(upkeep::Backup{}); })
      .run([plan](Context& context) { return back_up(context, *plan); });
}

void add_restore_command(Command& root) {
  auto flags = std::make_shared<RestoreFlags>();
  root.sub("restore")
      .group(Group::jobs)
      .summary("Put a backup in the store's place; erased people stay erased")
      .description(
          "Stop serve and work first. The backup is made ready beside the store: brought up to "
          "this program's schema, people who were erased since are erased again, all of it is "
          "checked. Only then it takes the store's place, in one step; what was there is kept as "
          "DB.before-restore. --check does all of that but the last, beside a store in use.\n\n"
          "Who was erased is known from the present store. Where that is lost, --erasures names a "
          "list that `flead privacy list --json` printed, or a later backup. Messages that waited "
          "when the backup was made go out again. The key is not in a backup: DB.key must be that "
          "of the store that was backed up.")
      .example("flead restore backups/flead-20260105T032000Z.db --check", "a rehearsal")
      .example("flead restore backups/flead-20260105T032000Z.db --yes")
      .example("flead restore flead.db.before-restore", "take it back")
      .positional("FILE", flags->file, "The backup")
      .option("--check", flags->check, "Rehearse: change nothing, say what would be there")
      .option("--erasures FILE", flags->erasures,
              "Erase these people again too: a list from `privacy list --json`, or a store")
      .no_dry_run("replaces the store, and --check rehearses it")
      .prints([] { return upkeep::to_json(upkeep::Restored{}); })
      .run([flags](Context& context) { return restore(context, *flags); });
}

}  // namespace flead::cli
