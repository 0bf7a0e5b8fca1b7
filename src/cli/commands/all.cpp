#include "cli/commands/all.h"

namespace flead::cli {

// In the order of `flead help all`.
void add_commands(Command& root) {
  // START
  add_demo_command(root);
  add_init_command(root);
  add_doctor_command(root);
  add_config_commands(root);
  add_completion_commands(root);
  add_help_command(root);
  add_version_command(root);
  // TENANTS
  add_tenant_commands(root);
  add_token_commands(root);
  // INTAKE
  add_lead_commands(root);
  add_widget_command(root);
  // CHANNELS
  add_channel_commands(root);
  add_template_commands(root);
  add_message_commands(root);
  add_chat_commands(root);
  add_route_commands(root);
  add_sequence_commands(root);
  add_webhook_commands(root);
  // BOOKING
  add_slot_commands(root);
  add_expert_commands(root);
  add_offer_commands(root);
  add_request_commands(root);
  add_booking_commands(root);
  add_calendar_commands(root);
  add_waitlist_commands(root);
  add_review_commands(root);
  add_group_commands(root);
  // MONEY
  add_ledger_commands(root);
  add_payment_commands(root);
  add_payout_commands(root);
  // REPORTS
  add_stats_command(root);
  add_report_command(root);
  add_export_commands(root);
  add_import_commands(root);
  // LAW
  add_legal_commands(root);
  add_privacy_commands(root);
  // JOBS
  add_job_commands(root);
  add_db_commands(root);
  add_backup_command(root);
  add_restore_command(root);
  add_canary_commands(root);
  add_serve_command(root);
  add_work_command(root);
  add_mock_commands(root);
  add_trigger_command(root);
}

}  // namespace flead::cli
