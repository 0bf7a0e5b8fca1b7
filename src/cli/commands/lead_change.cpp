// `flead lead edit|status|assign|tag|note`: what a person changes by hand.
#include <memory>
#include <utility>

#include "cli/commands/lead_commands.h"
#include "core/base/limits.h"

namespace flead::cli {

namespace {

Status change_lead(Context& context, const std::string& named, const intake::LeadEdit& edit) {
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const auto tenant, context.tenant());
  FLEAD_TRY(const auto changed, app->store.write([&](store::Tx& tx) -> Result<intake::Lead> {
    FLEAD_TRY(const auto lead, intake::find(tx, tenant, named));
    return intake::edit(app->world, tx, tenant, lead.id, edit, k_cli_actor);
  }));
  return context.print_object(lead_object(*app, tenant, changed));
}

struct LeadEditOptions {
  std::string lead;
  intake::LeadEdit edit;
};

void add_lead_edit(Command& lead) {
  auto options = std::make_shared<LeadEditOptions>();
  intake::LeadEdit& edit = options->edit;
  lead.sub("edit")
      .summary("Change a lead's fields; an empty value clears one")
      .example("flead lead edit +79160000001 --email anna@example.org")
      .positional("LEAD", options->lead, "Its id, phone or e-mail")
      .option("--name", edit.name, "Name, up to 200 characters")
      .option("--phone", edit.phone, "Phone in any common writing")
      .option("--email ADDRESS", edit.email, "E-mail address")
      .option("--telegram HANDLE", edit.telegram, "Telegram handle or id")
      .option("--vk HANDLE", edit.vk, "VK handle or id")
      .option("--whatsapp HANDLE", edit.whatsapp, "WhatsApp handle or id")
      .option("--max HANDLE", edit.max, "MAX handle or id")
      .option("--message TEXT", edit.message, "What the person wants")
      .option("--channel KIND", edit.channel, "Preferred kind of channel")
      .option("--locale", edit.locale, "Language of messages: ru or en")
      .option("--zone", edit.zone, "The person's time zone")
      .writes()
      .prints(lead_fields)
      .run([options](Context& context) {
        return change_lead(context, options->lead, options->edit);
      });
}

void add_lead_status(Command& lead) {
  struct Options {
    std::string lead, status;
  };
  auto options = std::make_shared<Options>();
  lead.sub("status")
      .summary("Set a lead's status")
      .description(
          "A suspect that becomes new is greeted then: you have looked at it, and it is a person.")
      .example("flead lead status +79160000001 won")
      .example("flead lead status spammer@example.org new", "not spam after all")
      .positional("LEAD", options->lead, "Its id, phone or e-mail")
      .positional("STATUS", options->status, "The new status")
      .choices(intake::statuses())
      .writes()
      .prints(lead_fields)
      .run([options](Context& context) {
        intake::LeadEdit edit;
        edit.status = options->status;
        return change_lead(context, options->lead, edit);
      });
}

void add_lead_assign(Command& lead) {
  struct Options {
    std::string lead, assignee;
    bool nobody = false;
  };
  auto options = std::make_shared<Options>();
  lead.sub("assign")
      .summary("Give a lead to a person, or to --nobody")
      .example("flead lead assign +79160000001 anna@example.org")
      .positional("LEAD", options->lead, "Its id, phone or e-mail")
      .optional_positional("WHO", options->assignee, "A name or an address of your choice")
      .option("--nobody", options->nobody, "Take it away from whoever has it")
      .writes()
      .prints(lead_fields)
      .run([options](Context& context) -> Status {
        if (options->assignee.empty() != options->nobody) {
          return usage_error("assignee_needed", "Say who: a name, or --nobody.");
        }
        intake::LeadEdit edit;
        edit.assignee = options->assignee;
        return change_lead(context, options->lead, edit);
      });
}

void add_lead_tag(Command& lead) {
  struct Options {
    std::string lead;
    std::vector<std::string> add, remove;
  };
  auto options = std::make_shared<Options>();
  lead.sub("tag")
      .summary("Add tags to a lead, or remove them")
      .example("flead lead tag +79160000001 vip spring --remove cold")
      .positional("LEAD", options->lead, "Its id, phone or e-mail")
      .optional_positional("TAG", options->add, "Tags to add")
      .option("--remove TAG", options->remove, "A tag to remove; may be repeated")
      .writes()
      .prints(lead_fields)
      .run([options](Context& context) -> Status {
        if (options->add.empty() && options->remove.empty()) {
          return usage_error("tag_needed", "Name a tag to add, or --remove one.");
        }
        intake::LeadEdit edit;
        edit.add_tags = options->add;
        edit.remove_tags = options->remove;
        return change_lead(context, options->lead, edit);
      });
}

void add_lead_note(Command& lead) {
  struct Options {
    std::string lead, text;
  };
  auto options = std::make_shared<Options>();
  lead.sub("note")
      .summary("Write a note into a lead's timeline")
      .example("flead lead note +79160000001 'Call back on Monday'")
      .example("flead lead note +79160000001 - <letter.txt", "from standard input")
      .positional("LEAD", options->lead, "Its id, phone or e-mail")
      .positional("TEXT", options->text, "The note, up to 4,000 characters; - is standard input")
      .writes()
      .prints(fields_of<intake::Event>)
      .run([options](Context& context) -> Status {
        FLEAD_TRY(App * app, context.app());
        FLEAD_TRY(const auto tenant, context.tenant());
        std::string text = options->text;
        if (text == "-") {
          FLEAD_TRY(text, context.shell().read_input(k_body_bytes_max));
        }
        FLEAD_TRY(const auto note, app->store.write([&](store::Tx& tx) -> Result<intake::Event> {
          FLEAD_TRY(const auto found, intake::find(tx, tenant, options->lead));
          return intake::add_note(app->world, tx, tenant.id, found.id, text, k_cli_actor);
        }));
        return context.print_object(intake::to_json(note));
      });
}

}  // namespace

void add_lead_change_verbs(Command& lead) {
  add_lead_edit(lead);
  add_lead_status(lead);
  add_lead_assign(lead);
  add_lead_tag(lead);
  add_lead_note(lead);
}

}  // namespace flead::cli
