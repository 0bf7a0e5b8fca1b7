// `flead payment method ...`: cards and accounts that payers have let us keep.
#include <memory>
#include <utility>

#include "cli/commands/all.h"
#include "cli/io/context.h"
#include "cli/io/page.h"
#include "core/intake/lead.h"
#include "core/money/saved_method.h"

namespace flead::cli {
namespace {

struct SavedMethodOptions {
  PageOptions page;
  std::string lead;
  bool all = false;
};

Status list_saved(Context& context, const SavedMethodOptions& options) {
  FLEAD_TRY(const Page page, read_page(context, options.page, money::SavedMethodIdTag::k_prefix));
  money::SavedMethodFilter filter;
  filter.all = options.all;
  filter.since = page.since;
  filter.until = page.until;
  filter.before_id = page.after_id;
  filter.limit = page.limit + 1;
  FLEAD_TRY(const auto tenant, context.tenant());
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(auto found,
            app->store.read([&](store::Tx& tx) -> Result<std::vector<money::SavedMethod>> {
              if (!options.lead.empty()) {
                FLEAD_TRY(const auto lead, intake::find(tx, tenant, options.lead));
                filter.lead = lead.id.text();
              }
              return money::list_saved_methods(tx, tenant.id, filter);
            }));
  cut_page(context, page, found);
  Json::Array rows;
  for (const auto& one : found) rows.push_back(money::to_json(one));
  return context.print_list(
      rows, {"id", "title", "status", "account", "lead", "consent_at", "used_at", "reason"},
      money::to_json(money::SavedMethod{}));
}

Status forget_saved(Context& context, const std::string& id) {
  FLEAD_TRY(const auto tenant, context.tenant());
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const auto gone, app->store.write([&](store::Tx& tx) -> Result<money::SavedMethod> {
    FLEAD_TRY(const auto found, money::load_saved_method(tx, tenant.id, money::SavedMethodId(id)));
    return money::forget_saved_method(*app, tx, found, "cli");
  }));
  return context.print_object(money::to_json(gone));
}

}  // namespace

void add_payment_method_commands(Command& payment) {
  Command& method =
      payment.sub("method").summary("Cards and accounts that payers have let you keep");
  auto options = std::make_shared<SavedMethodOptions>();
  Command& list = method.sub("list");
  list.summary("List kept means of payment, newest first, with the words that were agreed to")
      .example("flead payment method list --lead +79160000001")
      .example("flead payment method list --all --json", "forgotten and revoked ones as well")
      .option("--lead LEAD", options->lead, "Only of this person")
      .option("--all", options->all, "Those that are over as well");
  add_page_options(list, options->page, "means kept");
  list.prints(fields_of<money::SavedMethod>).run([options](Context& context) {
    return list_saved(context, *options);
  });
  auto id = std::make_shared<std::string>();
  method.sub("forget")
      .summary("Never charge a kept card or account again, and forget the provider's id of it")
      .description(
          "Persons do it themselves on the page of their meetings. The consent is kept as a proof "
          "of what was charged before; privacy erase takes it out.")
      .example("flead payment method forget smt_01k9x000000000000000000000")
      .positional("METHOD", *id, "Its id, from `payment method list`")
      .writes()
      .prints(fields_of<money::SavedMethod>)
      .run([id](Context& context) { return forget_saved(context, *id); });
}

}  // namespace flead::cli
