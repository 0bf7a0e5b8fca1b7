// The report as a message: words here, sending is the outbox's.
#include "core/channels/email.h"
#include "core/intake/lead.h"
#include "core/reports/weekly.h"

namespace flead::reports {

Result<channels::Message> email_weekly(App& app, store::Tx& tx, const tenants::Tenant& tenant,
                                       const Weekly& report, std::string_view to) {
  if (!channels::email::valid_address(to)) {
    return refused_field("email", "email_invalid", "This is not an e-mail address.");
  }
  channels::NewMessage message;
  message.template_name = "report.weekly";
  message.variables = {{"tenant", report.tenant_name},
                       {"period", period_text(report, tenant.locale)},
                       {"report", weekly_columns(report, tenant.locale)}};
  message.html_variables = {{"report", weekly_html(report, tenant.locale)}};
  // Once a week to an address, however often cron or a person asks.
  message.unique_key = "report.weekly:" + format_week(report.monday) + ":" + intake::fold_email(to);
  return channels::send_to_address(app, tx, tenant, "email", to, message);
}

}  // namespace flead::reports
