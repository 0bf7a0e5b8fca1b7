// `flead channel set|pause|resume|remove`: changes of a channel that is there.
#include <utility>

#include <fmt/format.h>

#include "cli/commands/all.h"
#include "cli/commands/channel_settings.h"
#include "cli/io/context.h"
#include "core/channels/channel.h"

namespace flead::cli {
namespace {

// An object, a list, true or false, and the rate, which has a fraction; anything else is a text,
// and connectors read whole numbers from it: an id stays as it was typed.
Json setting_value(std::string_view name, const std::string& text) {
  if (name == "rate") {
    const auto number = parse_json(text);
    if (number && number->number()) return *number;
  }
  if (text == "true" || text == "false" || text.starts_with('{') || text.starts_with('[')) {
    if (auto json = parse_json(text)) return std::move(*json);
  }
  return text;
}

using ChannelChange = Result<channels::Channel> (*)(App&, store::Tx&, const channels::Channel&,
                                                    const std::string&);

Status change_channel(Context& context, const std::string& which, const std::string& reason,
                      ChannelChange change) {
  FLEAD_TRY(const tenants::Tenant tenant, context.tenant());
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const auto changed, app->store.write([&](store::Tx& tx) -> Result<channels::Channel> {
    FLEAD_TRY(const auto found, channels::find(tx, tenant.id, which));
    return change(*app, tx, found, reason);
  }));
  return context.print_object(channels::to_json(changed));
}

void add_channel_pause(Command& channel) {
  struct Options {
    std::string which, reason = "paused by hand";
  };
  auto options = std::make_shared<Options>();
  channel.sub("pause")
      .summary("Let messages wait, or take another channel")
      .example("flead channel pause sms --reason 'top up first'")
      .positional("CHANNEL", options->which, "Name, kind or id")
      .option("--reason TEXT", options->reason, "Shown by channel list and doctor")
      .writes()
      .prints(fields_of<channels::Channel>)
      .run([options](Context& context) {
        return change_channel(
            context, options->which, options->reason,
            [](App& app, store::Tx& tx, const channels::Channel& found, const std::string& reason) {
              return channels::pause(app.world, tx, found.id, reason);
            });
      });
}

void add_channel_resume(Command& channel) {
  auto which = std::make_shared<std::string>();
  channel.sub("resume")
      .summary("Send again, first what has waited")
      .example("flead channel resume sms")
      .positional("CHANNEL", *which, "Name, kind or id")
      .writes()
      .prints(fields_of<channels::Channel>)
      .run([which](Context& context) {
        return change_channel(
            context, *which, {},
            [](App& app, store::Tx& tx, const channels::Channel& found, const std::string&) {
              return channels::resume(app.world, tx, found.id);
            });
      });
}

void add_channel_remove(Command& channel) {
  auto which = std::make_shared<std::string>();
  channel.sub("remove")
      .summary("Forget the account and its secret; its messages stay")
      .description("What waits for it goes out by another channel, or is cancelled.")
      .example("flead channel remove sms --yes")
      .positional("CHANNEL", *which, "Name, kind or id")
      .writes()
      .prints(fields_of<channels::Channel>)
      .run([which](Context& context) -> Status {
        FLEAD_CHECK(context.confirm(fmt::format("Remove the channel {}?", *which)));
        return change_channel(
            context, *which, {},
            [](App& app, store::Tx& tx, const channels::Channel& found, const std::string&) {
              return channels::remove(app.world, tx, found.id);
            });
      });
}

struct SetOptions {
  std::string which;
  std::vector<std::string> set;
  std::optional<std::string> secret_file, hook_secret_file;
};

Status set_channel(Context& context, const SetOptions& options) {
  channels::ChannelChange wanted;
  FLEAD_CHECK(read_channel_settings(options.set, wanted.config));
  if (options.secret_file) {
    FLEAD_TRY(wanted.secret, context.read_secret(options.secret_file, "", "--secret-file"));
  }
  if (options.hook_secret_file) {
    FLEAD_TRY(wanted.hook_secret,
              context.read_secret(options.hook_secret_file, "", "--hook-secret-file"));
  }
  if (options.set.empty() && !wanted.secret && !wanted.hook_secret) {
    return usage_error("nothing_to_set", "Nothing is to be changed",
                       "Give --set NAME=VALUE, --secret-file FILE or --hook-secret-file FILE");
  }
  FLEAD_TRY(const tenants::Tenant tenant, context.tenant());
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const auto changed, app->store.write([&](store::Tx& tx) -> Result<channels::Channel> {
    FLEAD_TRY(const auto found, channels::find(tx, tenant.id, options.which));
    return channels::change(app->world, tx, app->key, found, wanted);
  }));
  FLEAD_CHECK(context.print_object(channels::to_json(changed)));
  if (!channels::find_provider(changed.kind)->connect.empty()) {
    context.say(fmt::format("Then tell the provider anew where to call: flead channel connect {}",
                            changed.name));
  }
  context.say(fmt::format("Try it: flead channel test {}", changed.name));
  return {};
}

void add_channel_set(Command& channel) {
  auto options = std::make_shared<SetOptions>();
  channel.sub("set")
      .summary("Change a channel's settings or secret; what waits for it stays")
      .description(
          "For a token that has run out or was made anew, another sender, a proxy. `flead channel "
          "list --json` shows the settings that there are; NAME= takes one away.")
      .example("flead channel set telegram --secret-file bot.token")
      .example("flead channel set email --set from=hi@example.ru --secret-file smtp.pass")
      .example("flead channel set telegram --set proxy=socks5h://127.0.0.1:1080")
      .positional("CHANNEL", options->which, "Name, kind or id")
      .option("--set NAME=VALUE", options->set, "A setting of this kind; may be repeated")
      .option("--secret-file FILE", options->secret_file,
              "File with the new password, key or token; - is standard input")
      .option("--hook-secret-file FILE", options->hook_secret_file,
              "File with what hooks are signed with")
      .writes()
      .prints(fields_of<channels::Channel>)
      .run([options](Context& context) { return set_channel(context, *options); });
}

}  // namespace

Status read_channel_settings(const std::vector<std::string>& pairs, Json& config) {
  for (const std::string& pair : pairs) {
    const std::size_t equals = pair.find('=');
    if (equals == 0 || equals == std::string::npos) {
      return usage_error("bad_setting", "--set takes NAME=VALUE, not '" + pair + "'");
    }
    const std::string name = pair.substr(0, equals);
    config.set(name, setting_value(name, pair.substr(equals + 1)));
  }
  return {};
}

void add_channel_changes(Command& channel) {
  add_channel_set(channel);
  add_channel_pause(channel);
  add_channel_resume(channel);
  add_channel_remove(channel);
}

}  // namespace flead::cli
