#include "core/money/pay_config.h"

#include <string>

#include "core/channels/provider_http.h"

namespace flead::money {

namespace {

constexpr std::size_t k_senders_bytes_max = 500;

}  // namespace

Status copy_flag(const Json& config, std::string_view name, Json& out) {
  if (config.find(name) == nullptr) return {};
  const auto value = config.boolean(name);
  const auto word = config.text(name);
  if (!value && word != "true" && word != "false") {
    return refused_field(std::string(name), std::string(name) + "_invalid",
                         std::string(name) + " is true or false");
  }
  out.set(name, value.value_or(word == "true"));
  return {};
}

Status copy_senders(const Json& config, Json& out) {
  FLEAD_TRY(const std::string senders,
            channels::config_line(config, "senders", k_senders_bytes_max));
  if (senders.find_first_not_of("0123456789abcdefABCDEF.:/, ") != std::string::npos) {
    return refused_field("senders", "senders_invalid",
                         "--senders are addresses or ranges, joined by commas: 185.71.76.0/27");
  }
  if (!senders.empty()) out.set("senders", senders);
  return {};
}

}  // namespace flead::money
