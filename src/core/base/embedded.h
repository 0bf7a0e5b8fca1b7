// Files that the build put into the program (scripts/cmake/embed.cmake): migrations, message
// templates, help topics, widget and pages.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace flead::embedded {

struct File {
  std::string_view path;  // relative to the folder named in CMake
  std::string_view data;  // lives as long as the process
};

std::span<const File> migrations();      // src/core/store/migrations
std::span<const File> templates();       // src/core/channels/templates
std::span<const File> legal();           // src/core/law/texts
std::span<const File> help_topics();     // src/cli/help
std::span<const File> web();             // src/serve/web, built and compressed
std::span<const File> page_templates();  // src/serve/pages/templates
std::span<const File> api();             // src/serve/api: schemas.json

}  // namespace flead::embedded
