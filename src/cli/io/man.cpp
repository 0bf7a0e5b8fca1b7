// Manual pages in roff (man(7)), written directly: no generator is needed to build them.
#include <algorithm>

#include <fmt/format.h>

#include "cli/io/docs.h"
#include "cli/io/help.h"

namespace flead::cli {
namespace {

std::string roff(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool line_start = out.empty() || out.ends_with('\n');
    if (line_start && (c == '.' || c == '\'')) out += "\\&";
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else {
      out += c;
    }
  }
  return out;
}

std::string upper_case(std::string_view text) {
  std::string out;
  for (const char c : text) out += c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  return out;
}

std::string page_name(const Command& command) {
  return command.parent() == nullptr ? command.name()
                                     : command.parent()->name() + "-" + command.name();
}

std::string options_section(const Command& command, bool positionals) {
  std::string out;
  for (const Option& option : command.options()) {
    if (option.positional != positionals) continue;
    out += ".TP\n.B " + roff(option_label(option)) + "\n" + roff(option_text(option)) + "\n";
  }
  return out;
}

std::string examples_section(const Command& command) {
  std::string out;
  for (const auto& [line, what] : command.examples()) {
    if (!what.empty()) out += ".PP\n" + roff(what) + ":\n";
    out += ".PP\n.nf\n.RS\n" + roff(line) + "\n.RE\n.fi\n";
  }
  return out;
}

// One verb of a noun's page, or the noun itself where it has no verbs.
std::string command_section(const Command& command) {
  std::string out = ".PP\n" + roff(command.summary_text()) + ".\n";
  if (!command.description_text().empty()) {
    out += ".PP\n" + roff(command.description_text()) + "\n";
  }
  out += ".PP\n.nf\n.RS\n" + roff(usage_line(command)) + "\n.RE\n.fi\n";
  out += options_section(command, true) + options_section(command, false);
  if (const std::string fields = fields_text(command); !fields.empty()) {
    out += ".PP\n" + roff("Fields: " + fields) + "\n";
  }
  return out + examples_section(command);
}

// Every command below `command`, deep ones too: "slot rule add".
std::string subcommand_sections(const Command& command) {
  std::string out;
  for (const auto& verb : command.children()) {
    if (verb->is_hidden()) continue;
    if (verb->children().empty()) {
      out += ".SS " + roff(verb->path()) + "\n" + command_section(*verb);
    } else {
      out += subcommand_sections(*verb);
    }
  }
  return out;
}

constexpr std::string_view k_environment[] = {
    "FLEAD_DB",     "FLEAD_TENANT",      "FLEAD_KEY",        "FLEAD_KEY_FILE", "FLEAD_BASE_URL",
    "FLEAD_LISTEN", "FLEAD_TRUST_PROXY", "FLEAD_LOG_FORMAT", "FLEAD_NOW"};

std::string root_page(const Command& root) {
  std::string out = ".SH DESCRIPTION\n";
  out += roff(
             "flead takes leads from a web site, tells them over the channels that you set up, and "
             "books a slot with them. One program, one file for the data.") +
         "\n.PP\n" +
         roff(
             "flead NOUN VERB is the form of every command; each noun has a page of "
             "its own, and flead help all lists every command.") +
         "\n.SH COMMANDS\n";
  for (const auto& noun : root.children()) {
    if (noun->is_hidden()) continue;
    out += ".TP\n.BR " + roff(page_name(*noun)) + " (1)\n" + roff(noun->summary_text()) + "\n";
  }
  out += ".SH OPTIONS\nEvery command takes these, before or after its name.\n";
  out += options_section(root, false);
  out += ".SH ENVIRONMENT\n" +
         roff(fmt::format("{}: see flead help config.", fmt::join(k_environment, ", "))) + "\n";
  out += ".SH EXIT STATUS\n0 is success; " + roff("flead help exit-codes") + " lists the others.\n";
  out +=
      ".SH FILES\n.TP\n.B ./flead.db\nThe store.\n.TP\n.B ./flead.db.key\n"
      "The key that seals passwords in it.\n.TP\n.B ./flead.json\nConfiguration, one JSON "
      "object.\n";
  return out;
}

}  // namespace

std::string man_page(const Command& command, std::string_view version) {
  const std::string name = page_name(command);
  std::string out = ".\\\" Written by scripts/gen-docs from the command tree: do not edit.\n";
  out +=
      fmt::format(".TH {} 1 \"\" \"flead {}\" \"flead manual\"\n", roff(upper_case(name)), version);
  out += fmt::format(".SH NAME\n{} \\- {}\n", roff(name), roff(command.summary_text()));
  out += ".SH SYNOPSIS\n.B " + roff(usage_line(command)) + "\n";
  if (command.parent() == nullptr) return out + root_page(command);
  if (command.children().empty()) {
    out += ".SH DESCRIPTION\n" + command_section(command);
  } else {
    out += ".SH COMMANDS\n" + subcommand_sections(command);
  }
  return out + ".SH SEE ALSO\n.BR flead (1)\n";
}

std::vector<GeneratedFile> generated_docs(const Command& root) {
  std::vector<GeneratedFile> files = {{"completions/flead.bash", bash_completion(root)},
                                      {"completions/_flead", zsh_completion(root)},
                                      {"completions/flead.fish", fish_completion(root)},
                                      {"man/flead.1", man_page(root, FLEAD_VERSION)}};
  for (const auto& noun : root.children()) {
    if (noun->is_hidden()) continue;
    files.push_back({"man/" + page_name(*noun) + ".1", man_page(*noun, FLEAD_VERSION)});
  }
  return files;
}

}  // namespace flead::cli
