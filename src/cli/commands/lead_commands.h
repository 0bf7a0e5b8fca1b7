// The verbs of `flead lead`, one function per file of src/cli/commands/lead*.cpp, and what they
// share. Called by lead.cpp; lead_import also by `flead import`.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "cli/io/command.h"
#include "cli/io/context.h"
#include "core/intake/lead.h"

namespace flead::cli {

void add_lead_read_verbs(Command& lead);    // list show timeline
void add_lead_change_verbs(Command& lead);  // edit status assign tag note
// `lead import FILE`, and `import leads FILE`.
void add_lead_import(Command& parent, std::string_view verb);

// "processing,marketing" or repeated.
std::vector<std::string> split_purposes(const std::vector<std::string>& given);

// Filters that lists and exports share.
struct LeadFilterOptions {
  std::string status, channel, source, tag, assignee, query;
  bool suspect = false;
  bool needs_human = false;
};
void add_lead_filter_options(Command& command, LeadFilterOptions& options);
Result<intake::LeadFilter> read_lead_filter(Context& context, const LeadFilterOptions& options);

// The API's object with the person's booking link.
Json lead_object(const App& app, const tenants::Tenant& tenant, const intake::Lead& lead);

// The lead that a command names by id, phone or e-mail.
Result<intake::Lead> named_lead(App& app, const tenants::Tenant& tenant, const std::string& text);

Json lead_fields();  // for Command::prints()

inline constexpr std::string_view k_cli_actor = "cli";

}  // namespace flead::cli
