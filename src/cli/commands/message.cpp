// `flead message ...`: the outbox, read and helped along.
#include <utility>

#include "cli/commands/all.h"
#include "cli/io/context.h"
#include "cli/io/page.h"
#include "core/base/text.h"
#include "core/channels/outbox.h"
#include "core/intake/booking_link.h"

namespace flead::cli {
namespace {

struct SendOptions {
  std::string lead, text, subject, template_name = "message.text";
};

Status send_now(Context& context, const SendOptions& options) {
  FLEAD_TRY(const tenants::Tenant tenant, context.tenant());
  FLEAD_TRY(App * app, context.app());
  if (options.template_name == "message.text" && trim(options.text).empty()) {
    return usage_error("text_needed", "Give the words with --text, or another --template");
  }
  if (!valid_utf8(options.text) || utf8_length(options.text) > k_message_characters_max) {
    return refused_field("text", "too_long", "A message has at most 4000 characters");
  }
  FLEAD_TRY(const auto sent,
            app->store.write([&](store::Tx& tx) -> Result<std::optional<channels::Message>> {
              FLEAD_TRY(const auto lead, intake::load(tx, tenant.id, LeadId(options.lead)));
              channels::NewMessage message;
              message.template_name = options.template_name;
              FLEAD_TRY(const std::string url, intake::sent_booking_url(*app, tx, tenant, lead));
              FLEAD_TRY(const auto* spec, channels::find_template(options.template_name));
              const channels::Variables all = {
                  {"name", lead.name},          {"tenant", tenant.name}, {"message", lead.message},
                  {"subject", options.subject}, {"text", options.text},  {"booking_url", url}};
              for (const std::string_view name : spec->variables) {
                const auto found = all.find(name);
                if (found != all.end()) message.variables[std::string(name)] = found->second;
              }
              return channels::send_to_lead(*app, tx, tenant, lead, message);
            }));
  if (!sent) {
    return refused("unroutable", "No channel of yours reaches this person",
                   "flead channel list shows what there is");
  }
  FLEAD_CHECK(context.print_object(channels::to_json(*sent)));
  context.say("Queued: it leaves when `flead serve` or `flead work` runs.");
  return {};
}

void add_message_send(Command& message) {
  auto options = std::make_shared<SendOptions>();
  message.sub("send")
      .summary("Write to a lead by the best channel")
      .example("flead message send lead_01k9x0000000000000000000000 --text 'We will call at five.'")
      .positional("LEAD", options->lead, "The lead's id")
      .option("--text TEXT", options->text, "Words of your own")
      .option("--subject TEXT", options->subject, "Subject, where there is one")
      .option("--template NAME", options->template_name, "Another template than message.text")
      .writes()
      .prints(fields_of<channels::Message>)
      .run([options](Context& context) { return send_now(context, *options); });
}

struct MessageListOptions {
  channels::MessageFilter filter;
  PageOptions page;
};

Status list_messages(Context& context, const MessageListOptions& options) {
  FLEAD_TRY(const Page page, read_page(context, options.page, MessageIdTag::k_prefix));
  channels::MessageFilter filter = options.filter;
  filter.since = page.since;
  filter.until = page.until;
  filter.before_id = page.after_id;
  filter.limit = page.limit + 1;
  FLEAD_TRY(const tenants::Tenant tenant, context.tenant());
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(auto found, app->store.read([&](store::Tx& tx) {
    return channels::list_messages(tx, tenant.id, filter);
  }));
  cut_page(context, page, found);
  Json::Array rows;
  for (const auto& one : found) rows.push_back(channels::to_json(one));
  return context.print_list(rows,
                            {"id", "state", "channel", "to", "template", "attempt", "created_at"},
                            channels::to_json(channels::Message{}));
}

void add_message_list(Command& message) {
  auto options = std::make_shared<MessageListOptions>();
  Command& verb = message.sub("list");
  verb.summary("List messages, newest first")
      .example("flead message list --state ambiguous")
      .option("--state", options->filter.state, "Only in this state")
      .choices({"queued", "sending", "sent", "delivered", "read", "ambiguous", "unreachable",
                "rejected", "cancelled"})
      .option("--channel KIND", options->filter.kind, "Only of this kind of channel")
      .option("--lead LEAD", options->filter.lead_id, "Only to this person");
  add_page_options(verb, options->page, "messages that were queued");
  verb.prints(fields_of<channels::Message>).run([options](Context& context) {
    return list_messages(context, *options);
  });
}

void add_message_show(Command& message) {
  auto id = std::make_shared<std::string>();
  message.sub("show")
      .summary("Show a message and what the provider said")
      .prints(fields_of<channels::Message>)
      .example("flead message show msg_01k9x0000000000000000000000")
      .positional("MESSAGE", *id, "The message's id")
      .run([id](Context& context) -> Status {
        FLEAD_TRY(const tenants::Tenant tenant, context.tenant());
        FLEAD_TRY(App * app, context.app());
        FLEAD_TRY(const auto found, app->store.read([&](store::Tx& tx) {
          return channels::load_message(tx, tenant.id, MessageId(*id));
        }));
        return context.print_object(channels::to_json(found));
      });
}

void add_message_retry(Command& message) {
  auto id = std::make_shared<std::string>();
  message.sub("retry")
      .summary("Send now what waits, failed, or may not have arrived")
      .writes()
      .prints(fields_of<channels::Message>)
      .description(
          "The message keeps its id, so that a mailbox or provider that got it before can tell. "
          "Sent ones are left alone.")
      .example("flead message retry msg_01k9x0000000000000000000000")
      .positional("MESSAGE", *id, "The message's id")
      .run([id](Context& context) -> Status {
        FLEAD_TRY(const tenants::Tenant tenant, context.tenant());
        FLEAD_TRY(App * app, context.app());
        FLEAD_TRY(const auto again, app->store.write([&](store::Tx& tx) {
          return channels::retry_message(*app, tx, tenant.id, MessageId(*id));
        }));
        return context.print_object(channels::to_json(again));
      });
}

}  // namespace

void add_message_commands(Command& root) {
  Command& message =
      root.sub("message").group(Group::channels).summary("What was sent, and what waits");
  add_message_send(message);
  add_message_list(message);
  add_message_show(message);
  add_message_retry(message);
}

}  // namespace flead::cli
