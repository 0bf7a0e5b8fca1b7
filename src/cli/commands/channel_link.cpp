// `flead channel link`: the links by which a lead opens a messenger's dialog with us.
#include <utility>

#include "cli/commands/lead_commands.h"
#include "core/base/qr.h"
#include "core/channels/links.h"

namespace flead::cli {
namespace {

struct LinkOptions {
  std::string lead, channel;
  bool qr = false;
};

Json link_object(const channels::StartLink& link) {
  return Json::object({{"channel", link.channel}, {"kind", link.kind}, {"url", link.url}});
}

Status show_links(Context& context, const LinkOptions& options) {
  FLEAD_TRY(const tenants::Tenant tenant, context.tenant());
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const auto lead, named_lead(*app, tenant, options.lead));
  FLEAD_TRY(auto links, app->store.read([&](store::Tx& tx) {
    return channels::start_links(*app, tx, tenant, lead);
  }));
  std::erase_if(links, [&](const channels::StartLink& link) {
    return !options.channel.empty() && link.channel != options.channel &&
           link.kind != options.channel;
  });
  if (links.empty()) {
    return unmet("no_start_links", "No channel of yours has a start link",
                 "flead channel add telegram makes one; flead channel connect learns its name");
  }
  if (options.qr && !context.wants_json()) {
    for (const channels::StartLink& link : links) {
      FLEAD_TRY(const std::string picture, qr_text(link.url));
      context.print_text(link.channel + "  " + link.url + "\n" + picture + "\n");
    }
    return {};
  }
  Json::Array rows;
  for (const channels::StartLink& link : links) rows.push_back(link_object(link));
  return context.print_list(rows, {"channel", "url"}, link_object({}));
}

}  // namespace

void add_channel_link(Command& channel) {
  auto options = std::make_shared<LinkOptions>();
  channel.sub("link")
      .summary("Print the links that open a messenger's dialog for one lead")
      .description(
          "Messengers let us write only to people who came to them. Whoever presses the link is "
          "this lead from then on. A link ends after 30 days; it names nobody to others.")
      .example("flead channel link +79160000001")
      .example("flead channel link lead_01k9x0000000000000000000000 --channel telegram --qr",
               "a code to scan")
      .positional("LEAD", options->lead, "Its id, phone or e-mail")
      .option("--channel CHANNEL", options->channel, "Only this one: name or kind")
      .option("--qr", options->qr, "Draw a QR code for each")
      .prints([] { return link_object({}); })
      .run([options](Context& context) { return show_links(context, *options); });
}

}  // namespace flead::cli
