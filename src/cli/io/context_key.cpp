// Context's half of --key: what the key is claimed with, and the first output printed again.
#include <utility>

#include <fmt/format.h>

#include "cli/io/command.h"
#include "cli/io/context.h"
#include "cli/io/context_state.h"
#include "core/base/limits.h"

namespace flead::cli {
namespace {

constexpr int k_kept = 200;    // the reply is what was printed
constexpr int k_secret = 204;  // it held a secret

Error other_arguments(std::string_view key) {
  return conflict("idempotency_key_reused",
                  fmt::format("The key '{}' was used with other arguments.", key),
                  "Give each new command a --key of its own.");
}

// In words of the command line where the API's do not fit.
Error with_own_words(Error error, std::string_view key) {
  return error.code == "idempotency_key_reused" ? other_arguments(key) : std::move(error);
}

}  // namespace

void Context::begin(const Command& command, std::string fingerprint) {
  state_->command = &command;
  state_->fingerprint = std::move(fingerprint);
  state_->keeps_output = globals.key && !globals.dry_run && !command.has_secret();
}

Result<intake::IdempotencyKey> Context::idempotency_key(store::Store& store) const {
  intake::IdempotencyKey claim;
  // A tenant that nobody names is the only one there is, until there are two: "" stays the same.
  const auto named = named_tenant(store);
  if (named && *named) claim.tenant = (*named)->id;
  FLEAD_ASSERT(state_->command != nullptr);
  claim.scope = "cli " + state_->command->path();
  claim.key = *globals.key;
  claim.body_hash = intake::body_hash(globals.zone.value_or(""), state_->fingerprint);
  return claim;
}

Result<bool> Context::replay() {
  if (!globals.key) return false;
  FLEAD_TRY(App * opened, app());
  const auto found = opened->store.read(
      [&](store::Tx& tx) { return intake::find_reply(state_->world, tx, state_->keyed->key()); });
  if (!found) return with_own_words(found.error(), *globals.key);
  if (!*found) return false;
  state_->buffer.clear();
  state_->keeps_output = false;
  if ((*found)->status != k_kept) {
    say(fmt::format(
        "Done before with the key '{}': nothing was changed. What it printed then {}.",
        *globals.key,
        (*found)->status == k_secret ? "held a secret and was not kept" : "was not kept"));
    return true;
  }
  say(fmt::format("Done before with the key '{}': nothing was changed. This is what it printed.",
                  *globals.key));
  FLEAD_TRY(const Json kept, parse_json((*found)->body));
  if (const Json* object = kept.find("object")) {
    FLEAD_CHECK(print_object(*object));
    return true;
  }
  std::vector<std::string> columns;
  const Json* names = kept.find("columns");
  const Json* rows = kept.find("rows");
  if (names == nullptr || rows == nullptr) return true;
  for (const Json& name : names->items()) columns.push_back(name.text().value_or(""));
  FLEAD_CHECK(print_list(rows->items(), columns));
  return true;
}

Status Context::keep_output() {
  if (state_->keyed == nullptr || !state_->keyed->claimed() || globals.dry_run) return {};
  intake::StoredReply reply;
  reply.status = state_->command->has_secret() ? k_secret : 0;
  if (state_->keeps_output && state_->printed) {
    reply.body = state_->printed->dump();
    reply.status = k_kept;
    if (reply.body.size() > k_kept_output_bytes_max) reply = {0, "", false};
  }
  return state_->store->write(
      [&](store::Tx& tx) { return intake::keep_reply(tx, state_->keyed->key(), reply); });
}

void Context::keep_printed(Json printed) {
  state_->printed = std::move(printed);
}

Json Context::own_prototype() const {
  return state_->command != nullptr && state_->command->has_fields() ? state_->command->prototype()
                                                                     : Json();
}

}  // namespace flead::cli
