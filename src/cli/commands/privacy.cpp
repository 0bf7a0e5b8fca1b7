// `flead privacy ...`: erasing a person, and the list of who was erased.
#include <memory>

#include <fmt/format.h>

#include "cli/commands/all.h"
#include "cli/io/context.h"
#include "core/intake/lead.h"
#include "core/upkeep/erase.h"

namespace flead::cli {
namespace {

struct EraseFlags {
  std::string lead;
  std::string reason;
};

// Erased before: nothing to do, and the same answer.
Result<std::optional<upkeep::Tombstone>> erased_before(App& app, const tenants::Tenant& tenant,
                                                       const std::string& lead) {
  if (!is_id(lead, LeadIdTag::k_prefix)) return std::optional<upkeep::Tombstone>();
  FLEAD_TRY(auto found, app.store.read([&](store::Tx& tx) {
    return upkeep::find_tombstone(tx, LeadId(lead));
  }));
  if (found && found->tenant != tenant.id) found.reset();
  return found;
}

Status erase(Context& context, const EraseFlags& flags) {
  FLEAD_TRY(const tenants::Tenant tenant, context.tenant());
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const auto before, erased_before(*app, tenant, flags.lead));
  if (before) {
    context.say("Erased before; nothing to do.");
    return context.print_object(upkeep::to_json(*before));
  }
  FLEAD_TRY(const intake::Lead lead,
            app->store.read([&](store::Tx& tx) { return intake::find(tx, tenant, flags.lead); }));
  FLEAD_CHECK(context.confirm(fmt::format(
      "Erase {} for good, with everything that is known of this person?", lead.id.text())));
  FLEAD_TRY(const upkeep::Tombstone erased,
            upkeep::erase_person(app->world, app->store, tenant, lead.id, flags.reason));
  return context.print_object(upkeep::to_json(erased));
}

// All of them, for whoever restores needs each; they are short.
Status list(Context& context) {
  constexpr std::int64_t k_all = 1000000;
  FLEAD_TRY(const tenants::Tenant tenant, context.tenant());
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const auto found, app->store.read([&](store::Tx& tx) {
    return upkeep::list_tombstones(tx, tenant.id, k_all);
  }));
  Json::Array rows;
  for (const upkeep::Tombstone& one : found) rows.push_back(upkeep::to_json(one));
  return context.print_list(rows, {"lead", "erased_at", "reason"},
                            upkeep::to_json(upkeep::Tombstone{}));
}

}  // namespace

void add_privacy_commands(Command& root) {
  Command& privacy =
      root.sub("privacy").group(Group::law).summary("A person's right to be forgotten");
  auto flags = std::make_shared<EraseFlags>();
  privacy.sub("erase")
      .summary("Erase a person everywhere in the store, for good")
      .description(
          "The lead, its timeline, consents and tags, the requests as they came, messages, waiting "
          "jobs: all of it goes. Bookings stay as times that were taken and name nobody; those to "
          "come are cancelled, and nobody is told. Payments stay as amounts with the provider's "
          "ids, "
          "so that the books hold and what is owed can still be given back. What stays besides is "
          "the lead's id, so that a restored "
          "backup erases the person again.\n\n"
          "Not in the store, so not touched: mails that were sent, the file of a `file` channel, "
          "exports, and backups until they are restored or rotated away.")
      .example("flead privacy erase lead_01k9x0000000000000000000000 --reason 'request 12'")
      .positional("LEAD", flags->lead, "An id, a phone or an e-mail address")
      .option("--reason TEXT", flags->reason,
              "Why, for the record; it stays, so it must name nobody")
      .writes()
      .prints([] { return upkeep::to_json(upkeep::Tombstone{}); })
      .run([flags](Context& context) { return erase(context, *flags); });
  privacy.sub("list")
      .summary("List who was erased, by nothing but the lead's id")
      .example("flead privacy list --json >erasures.json", "for restore --erasures")
      .prints([] { return upkeep::to_json(upkeep::Tombstone{}); })
      .run(list);
}

}  // namespace flead::cli
