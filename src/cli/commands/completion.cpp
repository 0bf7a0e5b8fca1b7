// `flead completion` and the hidden `flead gen-docs`: what packages install, from the command tree.
// Neither opens a store.
#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "cli/commands/all.h"
#include "cli/io/context.h"
#include "cli/io/docs.h"
#include "cli/io/output.h"

namespace flead::cli {
namespace {

Status print_completion(Context& context, const std::string& shell) {
  const Command& root = context.root();
  context.print_text(shell == "bash"  ? bash_completion(root)
                     : shell == "zsh" ? zsh_completion(root)
                                      : fish_completion(root));
  return {};
}

// Pages of nouns that no longer exist.
void remove_stale_pages(const std::string& folder, const std::vector<GeneratedFile>& files) {
  DIR* listing = ::opendir((folder + "/man").c_str());
  if (listing == nullptr) return;
  while (const dirent* entry = ::readdir(listing)) {
    const std::string name = std::string("man/") + entry->d_name;
    const bool known = std::any_of(files.begin(), files.end(),
                                   [&](const GeneratedFile& file) { return file.path == name; });
    if (name.ends_with(".1") && !known) ::unlink((folder + "/" + name).c_str());
  }
  ::closedir(listing);
}

Status write_docs(Context& context, const std::string& folder) {
  const std::vector<GeneratedFile> files = generated_docs(context.root());
  for (const char* part : {"/completions", "/man"}) ::mkdir((folder + part).c_str(), 0777);
  for (const GeneratedFile& generated : files) {
    FLEAD_TRY(auto file, OutputFile::open(folder + "/" + generated.path, 0644));
    FLEAD_CHECK(file.write(generated.text));
    FLEAD_CHECK(file.commit());
  }
  remove_stale_pages(folder, files);
  return {};
}

}  // namespace

void add_completion_commands(Command& root) {
  auto shell = std::make_shared<std::string>();
  root.sub("completion")
      .group(Group::start)
      .summary("Print the completion script of a shell")
      .example("flead completion bash > /etc/bash_completion.d/flead")
      .example("flead completion zsh > ~/.zfunc/_flead")
      .positional("SHELL", *shell, "Which shell")
      .choices({"bash", "zsh", "fish"})
      .run([shell](Context& context) { return print_completion(context, *shell); });
  auto folder = std::make_shared<std::string>();
  root.sub("gen-docs")
      .hidden()
      .summary("Write man pages and completions into a source folder")
      .example("flead gen-docs .")
      .positional("DIR", *folder, "The repository")
      .no_dry_run("writes files")
      .run([folder](Context& context) { return write_docs(context, *folder); });
}

}  // namespace flead::cli
