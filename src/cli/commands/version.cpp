// `flead version`: opens nothing.
#include "cli/commands/all.h"
#include "cli/io/context.h"

namespace flead::cli {

void add_version_command(Command& root) {
  root.sub("version")
      .group(Group::start)
      .summary("Print the version")
      .example("flead version")
      .run([](Context& context) -> Status {
        if (context.wants_json()) {
          return context.print_object(Json::object({{"version", FLEAD_VERSION}}));
        }
        context.print_text("flead " FLEAD_VERSION);
        return {};
      });
}

}  // namespace flead::cli
