#include "core/intake/booking_link.h"

namespace flead::intake {

namespace {

// Asked over the network only, where every guess is counted: short, for it stands in text messages.
constexpr std::size_t k_proof_bytes = 9;
constexpr std::size_t k_mark_bytes = 16;

std::string mac_of(const SealKey& key, std::string_view purpose, const LeadId& lead,
                   std::size_t bytes) {
  if (!key.present()) return {};
  const std::string mac = hmac_sha256(key.derive(purpose), lead.text());
  return base64url_encode(std::string_view(mac).substr(0, bytes));
}

std::string proof_of(const SealKey& key, const LeadId& lead) {
  return mac_of(key, "booking link proof", lead, k_proof_bytes);
}

}  // namespace

Result<std::string> sent_booking_url(App& app, store::Tx& tx, const tenants::Tenant& tenant,
                                     const Lead& lead) {
  std::string url = booking_url(app.config.base_url, tenant, lead);
  FLEAD_TRY(const std::string wanted, tenants::setting(app, tx, tenant.id, "booking.prefill"));
  if (wanted == "true" && app.key.present()) url += "&p=" + proof_of(app.key, lead.id);
  return url;
}

bool is_sent_proof(const SealKey& key, const LeadId& lead, std::string_view proof) {
  return key.present() && equal_constant_time(proof, proof_of(key, lead));
}

std::string make_lead_mark(const SealKey& key, const LeadId& lead) {
  if (!key.present()) return {};
  return std::string(id_suffix(lead.text())) + "." +
         mac_of(key, "booking lead mark", lead, k_mark_bytes);
}

std::optional<LeadId> read_lead_mark(const SealKey& key, std::string_view mark) {
  const std::size_t dot = mark.find('.');
  if (!key.present() || dot == std::string_view::npos) return std::nullopt;
  const LeadId lead(id_from_suffix(LeadIdTag::k_prefix, mark.substr(0, dot)));
  const std::string wanted = mac_of(key, "booking lead mark", lead, k_mark_bytes);
  if (!equal_constant_time(mark.substr(dot + 1), wanted)) return std::nullopt;
  return lead;
}

}  // namespace flead::intake
