// `flead channel ...`: the accounts through which messages leave.
#include <utility>

#include <fmt/format.h>

#include "cli/commands/all.h"
#include "cli/commands/channel_settings.h"
#include "cli/io/context.h"
#include "core/base/phone.h"
#include "core/channels/channel.h"
#include "core/channels/email.h"
#include "core/channels/meta.h"

namespace flead::cli {
namespace {

struct AddOptions {
  std::string kind, name, base_url, currency;
  std::string smtp, from, from_name, reply_to, ca_file;
  std::optional<std::string> user, secret_file;
  bool require_tls = false;
  std::string login, sender;
  std::optional<std::string> hook_secret_file, postal_key_file;
  std::string path;
  std::string proxy, rate;
  std::vector<std::string> set;  // NAME=VALUE, for the settings of one kind
  bool pull = false;
  bool no_connect = false;
};

// "mail.example.ru:465" is TLS from the first byte, any other port begins with STARTTLS.
std::string smtp_url(const std::string& text) {
  if (text.find("://") != std::string::npos || text.empty()) return text;
  const bool has_port = text.rfind(':') != std::string::npos && !text.ends_with(']') &&
                        text.rfind(':') > text.rfind(']') + 1;
  if (text.ends_with(":465")) return "smtps://" + text;
  return "smtp://" + text + (has_port ? "" : ":587");
}

void set_given(Json& config, std::string_view key, const std::string& value) {
  if (!value.empty()) config.set(key, value);
}

Result<channels::NewChannel> email_channel(Context& context, const AddOptions& options) {
  channels::NewChannel input;
  input.config.set("base_url", smtp_url(options.smtp.empty() ? options.base_url : options.smtp));
  set_given(input.config, "from", options.from);
  set_given(input.config, "from_name", options.from_name);
  set_given(input.config, "reply_to", options.reply_to);
  set_given(input.config, "ca_file", options.ca_file);
  if (options.require_tls) input.config.set("require_tls", true);
  if (options.postal_key_file) {
    FLEAD_TRY(const std::string postal,
              context.read_file(*options.postal_key_file, k_secret_bytes_max));
    input.config.set("postal_public_key", postal);
  }
  // Checked before the secret is asked for, and with it a user: most servers want one.
  input.config.set("user", options.user.value_or(""));
  FLEAD_CHECK(channels::email::check_config(input.config));
  const bool wants_login = options.secret_file || (options.user && !options.user->empty()) ||
                           (!options.user && context.may_prompt());
  if (!wants_login) return input;
  FLEAD_TRY(input.secret, context.read_secret(options.secret_file, "SMTP password (empty: none)",
                                              "--secret-file"));
  if (!input.secret.empty() && !options.user) {
    input.config.set("user", channels::email::parse_mailbox(options.from)->address);
  }
  return input;
}

Result<channels::NewChannel> sms_channel(Context& context, const AddOptions& options) {
  channels::NewChannel input;
  set_given(input.config, "base_url", options.base_url);
  set_given(input.config, "login", options.login);
  set_given(input.config, "sender", options.sender);
  set_given(input.config, "currency", options.currency);
  FLEAD_TRY(input.secret,
            context.read_secret(options.secret_file,
                                options.login.empty() ? "SMSC API key" : "SMSC password",
                                "--secret-file"));
  if (options.hook_secret_file) {
    FLEAD_TRY(input.hook_secret,
              context.read_secret(options.hook_secret_file, "", "--hook-secret-file"));
  }
  if (input.secret.empty()) {
    return unauthorized("secret_needed", "This channel needs a password or an API key",
                        "Give it with --secret-file FILE");
  }
  return input;
}

// Messengers: the token, and whatever else this kind has by --set.
Result<channels::NewChannel> provider_channel(Context& context, const AddOptions& options) {
  channels::NewChannel input;
  const channels::Provider* provider = channels::find_provider(options.kind);
  set_given(input.config, "base_url", options.base_url);
  FLEAD_CHECK(read_channel_settings(options.set, input.config));
  FLEAD_TRY(input.secret, context.read_secret(options.secret_file,
                                              std::string(provider->secret_name), "--secret-file"));
  if (input.secret.empty()) {
    return unauthorized("secret_needed",
                        fmt::format("This channel needs a {}", provider->secret_name),
                        "Give it with --secret-file FILE");
  }
  if (options.hook_secret_file) {
    FLEAD_TRY(input.hook_secret,
              context.read_secret(options.hook_secret_file, "", "--hook-secret-file"));
  } else if (options.kind == "whatsapp" || options.kind == "instagram") {
    return unauthorized("secret_needed", "Meta signs what it tells us with the app's secret",
                        "Give it with --hook-secret-file FILE");
  }
  return input;
}

Result<channels::NewChannel> read_channel(Context& context, const AddOptions& options) {
  channels::NewChannel input;
  if (options.kind == "email") {
    FLEAD_TRY(input, email_channel(context, options));
  } else if (options.kind == "sms") {
    FLEAD_TRY(input, sms_channel(context, options));
  } else if (options.kind == "file") {
    set_given(input.config, "path", options.path);
  } else {
    FLEAD_TRY(input, provider_channel(context, options));
    set_given(input.config, "ca_file", options.ca_file);
    set_given(input.config, "proxy", options.proxy);
  }
  if (!options.rate.empty()) {
    const auto rate = parse_json(options.rate);
    if (!rate || !rate->number()) {
      return usage_error("bad_rate", "--rate is a number of messages a second, such as 0.3");
    }
    input.config.set("rate", *rate->number());
  }
  input.kind = options.kind;
  input.name = options.name;
  return input;
}

// Where the provider's own pages want an address and a word typed in.
void say_hook(Context& context, const App& app, const channels::Channel& channel) {
  if (channel.kind == "email" && channel.config.find("postal_public_key") != nullptr) {
    context.say(fmt::format("Postal's webhook, and a route for answers, go to {}",
                            channels::hook_url(app, channel)));
  }
  if (channel.kind == "sms") {
    context.say(fmt::format("Delivery reports go to {}?charset=utf-8&fmt=3&md5=1",
                            channels::hook_url(app, channel)));
  }
  if (channel.kind == "chatwoot" && !channel.state.boolean("signed").value_or(false) &&
      !channel.state.text("hook_url").value_or("").empty()) {
    context.say(
        "This Chatwoot signs nothing (it does from 4.11.2 on): what it tells is asked about before "
        "it is believed.");
  }
  if (channel.kind != "whatsapp" && channel.kind != "instagram") return;
  context.say(fmt::format("In Meta's app settings the callback URL is {}",
                          channels::hook_url(app, channel)));
  const auto account =
      app.store.read([&](store::Tx& tx) { return channels::open_account(tx, app.key, channel); });
  if (account) {
    context.say(fmt::format("and the verify token {}", channels::meta::verify_token(*account)));
  }
}

Status add_channel(Context& context, const AddOptions& options) {
  FLEAD_TRY(const tenants::Tenant tenant, context.tenant());
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const channels::NewChannel input, read_channel(context, options));
  FLEAD_TRY(channels::Channel made, app->store.write([&](store::Tx& tx) {
    return channels::add(app->world, tx, app->key, tenant.id, input);
  }));
  const bool connects = !channels::find_provider(made.kind)->connect.empty() &&
                        !options.no_connect && !context.globals.dry_run;
  if (connects) {
    auto connected = channels::connect(*app, made, options.pull);
    if (!connected) {
      // The account is kept: what is wrong is often the address or a right at the provider.
      context.say(fmt::format("The channel {} is stored, but not connected.", made.name));
      return connected.error();
    }
    made = std::move(*connected);
  }
  FLEAD_CHECK(context.print_object(channels::to_json(made)));
  say_hook(context, *app, made);
  const channels::Capabilities& can = channels::find_provider(made.kind)->capabilities;
  context.say(fmt::format("Try it: flead channel test {}{}", made.name,
                          can.messenger || can.desk ? "" : " --to ADDRESS"));
  return {};
}

void add_channel_add(Command& channel) {
  auto options = std::make_shared<AddOptions>();
  channel.sub("add")
      .summary("Connect an account that messages leave through")
      .description(
          "email needs --smtp and --from; port 465 is TLS from the first byte, any other begins "
          "with STARTTLS, and only a server on this machine may go without. sms is SMSC.ru: "
          "--login with a password, or an API key without --login. file appends each message to "
          "a JSON-lines file: a new store uses it until a real channel is added.\n\n"
          "telegram, vk, max, whatsapp and instagram take their token from --secret-file and are "
          "told at once where to call this flead (its --base-url), unless --no-connect; with "
          "--pull flead asks them instead and needs no public address. Their own settings are "
          "given by --set. `flead help channel KIND` says how to get a key and what each can't "
          "do. chatwoot is no way to a lead but the inbox where operators answer: it needs "
          "--base-url and --set account=N. Secrets come from a file (- is standard input) or a "
          "prompt and are sealed in the store.")
      .example(
          "flead channel add email --smtp mail.example.ru:465 --from hi@example.ru "
          "--secret-file smtp.pass")
      .example("flead channel add sms --login acme --sender ACME --secret-file sms.pass")
      .example("flead channel add telegram --pull --secret-file bot.token")
      .example(
          "flead channel add whatsapp --set phone_number_id=1065 --secret-file wa.token "
          "--hook-secret-file app.secret")
      .example(
          "flead channel add chatwoot --base-url https://chat.example.ru --set account=1 "
          "--secret-file chatwoot.token")
      .positional("KIND", options->kind, "What kind of account")
      .choices(
          {"email", "sms", "telegram", "max", "vk", "whatsapp", "instagram", "chatwoot", "file"})
      .option("--name", options->name, "Its name among your channels; default the kind")
      .option("--secret-file FILE", options->secret_file,
              "File with the password, key or token; - is standard input")
      .option("--base-url URL", options->base_url, "Another address of the provider, or a double")
      .option("--set NAME=VALUE", options->set, "A setting of this kind; may be repeated")
      .option("--pull", options->pull, "telegram, vk, max: ask for what is new, without a hook")
      .option("--no-connect", options->no_connect, "Tell the provider nothing yet")
      .option("--rate N", options->rate, "Messages a second at most; default what is allowed")
      .option("--proxy URL", options->proxy,
              "messengers: the way there, such as socks5h://127.0.0.1:1080")
      .option("--smtp HOST:PORT", options->smtp, "email: the mail server")
      .option("--from ADDRESS", options->from, "email: sender, bare or as 'Ira <ira@example.ru>'")
      .option("--from-name NAME", options->from_name, "email: sender's name; default the tenant's")
      .option("--reply-to ADDRESS", options->reply_to, "email: where replies go; default --from")
      .option("--user NAME", options->user, "email: login; default the address of --from")
      .option("--require-tls", options->require_tls, "email: STARTTLS also on this machine")
      .option("--ca-file FILE", options->ca_file,
              "Certificates to trust: for email instead of the system's, else beside them")
      .option("--postal-key-file FILE", options->postal_key_file,
              "email: public key that a Postal server signs its reports and letters with")
      .option("--login NAME", options->login, "sms: login; without it the secret is an API key")
      .option("--hook-secret-file FILE", options->hook_secret_file,
              "File with what hooks are signed with: SMSC's word, Meta's app secret")
      .option("--sender NAME", options->sender, "sms: registered sender id")
      .option("--currency CODE", options->currency,
              "sms: what the account is counted in; default RUB")
      .option("--path FILE", options->path, "file: default outbox.jsonl beside the store")
      .writes()
      .prints(fields_of<channels::Channel>)
      .run([options](Context& context) { return add_channel(context, *options); });
}

void add_channel_connect(Command& channel) {
  struct Options {
    std::string which;
    bool pull = false;
  };
  auto options = std::make_shared<Options>();
  channel.sub("connect")
      .summary("Tell the provider again where to call, or ask it instead")
      .description(
          "After a change of --base-url, or when doctor says that the provider has dropped the "
          "hook. With --pull the hook is taken back and flead asks for what is new: telegram, vk "
          "and max can be asked.")
      .example("flead channel connect telegram")
      .example("flead channel connect telegram --pull", "behind a router, without an address")
      .positional("CHANNEL", options->which, "Name, kind or id")
      .option("--pull", options->pull, "Ask for what is new, without a hook")
      .no_dry_run("tells the provider")
      .prints(fields_of<channels::Channel>)
      .run([options](Context& context) -> Status {
        FLEAD_TRY(const tenants::Tenant tenant, context.tenant());
        FLEAD_TRY(App * app, context.app());
        FLEAD_TRY(const auto found, app->store.read([&](store::Tx& tx) {
          return channels::find(tx, tenant.id, options->which);
        }));
        FLEAD_TRY(const auto connected, channels::connect(*app, found, options->pull));
        FLEAD_CHECK(context.print_object(channels::to_json(connected)));
        say_hook(context, *app, connected);
        return {};
      });
}

void add_channel_list(Command& channel) {
  channel.sub("list")
      .summary("List the tenant's channels")
      .example("flead channel list")
      .prints(fields_of<channels::Channel>)
      .run([](Context& context) -> Status {
        FLEAD_TRY(const tenants::Tenant tenant, context.tenant());
        FLEAD_TRY(App * app, context.app());
        FLEAD_TRY(const auto known,
                  app->store.read([&](store::Tx& tx) { return channels::list(tx, tenant.id); }));
        Json::Array rows;
        for (const auto& one : known) rows.push_back(channels::to_json(one));
        return context.print_list(rows, {"name", "kind", "status", "reason", "id"},
                                  channels::to_json(channels::Channel{}));
      });
}

Json test_object(const channels::Channel& channel, const channels::Delivery& delivery) {
  return channels::to_json(delivery).set("channel", channel.name);
}

// An address as the channel's kind writes it.
Result<std::string> test_address(const tenants::Tenant& tenant, const channels::Channel& channel,
                                 const std::string& to) {
  if (channel.kind == "sms" && !to.empty()) {
    FLEAD_TRY(const Phone phone, parse_phone(to, tenant.region));
    return phone.e164;
  }
  if (channel.kind == "email" && !to.empty() && !channels::email::valid_address(to)) {
    return refused_field("to", "email_invalid", "That is not an e-mail address");
  }
  return to;
}

void add_channel_test(Command& channel) {
  struct Options {
    std::string which, to;
  };
  auto options = std::make_shared<Options>();
  channel.sub("test")
      .summary("Log in, send a test message and say what the provider answered")
      .description(
          "Without --to nothing is sent: the server is asked whether it would let us. Exit code 7 "
          "and the provider's words when it fails. Success resumes a paused channel.")
      .example("flead channel test email --to me@example.ru")
      .positional("CHANNEL", options->which, "Name, kind or id")
      .option("--to ADDRESS", options->to, "Where the test message goes")
      .no_dry_run("asks the provider, and sends a message with --to")
      .prints([] { return test_object({}, {}); })
      .run([options](Context& context) -> Status {
        FLEAD_TRY(const tenants::Tenant tenant, context.tenant());
        FLEAD_TRY(App * app, context.app());
        FLEAD_TRY(const auto found, app->store.read([&](store::Tx& tx) {
          return channels::find(tx, tenant.id, options->which);
        }));
        FLEAD_TRY(const std::string to, test_address(tenant, found, options->to));
        FLEAD_TRY(const auto delivery, channels::test(*app, tenant, found, to));
        return context.print_object(test_object(found, delivery));
      });
}

Json status_row(const channels::Channel& channel, const channels::Delivery& delivery) {
  Json object = channels::to_json(channel);
  object.set("probe", channels::verdict_name(delivery.verdict));
  object.set("says",
             delivery.stage.empty() ? delivery.says : delivery.stage + ": " + delivery.says);
  object.set("balance", *channels::to_json(delivery).find("balance"));
  return object;
}

void add_channel_status(Command& channel) {
  auto which = std::make_shared<std::optional<std::string>>();
  channel.sub("status")
      .summary("Ask every channel's provider whether it would send, and the balance")
      .example("flead channel status")
      .optional_positional("CHANNEL", *which, "Only this one: name, kind or id")
      .prints([] { return status_row({}, {}); })
      .run([which](Context& context) -> Status {
        FLEAD_TRY(const tenants::Tenant tenant, context.tenant());
        FLEAD_TRY(App * app, context.app());
        FLEAD_TRY(const auto known,
                  app->store.read([&](store::Tx& tx) -> Result<std::vector<channels::Channel>> {
                    if (!*which) return channels::list(tx, tenant.id);
                    FLEAD_TRY(auto one, channels::find(tx, tenant.id, **which));
                    return std::vector<channels::Channel>{std::move(one)};
                  }));
        Json::Array rows;
        for (const auto& one : known) rows.push_back(status_row(one, channels::probe(*app, one)));
        return context.print_list(rows, {"name", "kind", "status", "reason", "probe", "says"},
                                  status_row({}, {}));
      });
}

}  // namespace

void add_channel_commands(Command& root) {
  Command& channel = root.sub("channel")
                         .group(Group::channels)
                         .summary("The accounts that messages leave through");
  add_channel_add(channel);
  add_channel_connect(channel);
  add_channel_link(channel);
  add_channel_list(channel);
  add_channel_test(channel);
  add_channel_status(channel);
  add_channel_changes(channel);
}

}  // namespace flead::cli
