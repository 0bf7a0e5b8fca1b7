// Every command of the program, registered on one tree. Called by run.cpp and by the documentation
// writer. A new noun is one file and one line here.
#pragma once

#include "cli/io/command.h"

namespace flead::cli {

void add_commands(Command& root);

void add_channel_commands(Command& root);
void add_channel_changes(Command& channel);
void add_channel_link(Command& channel);
void add_chat_commands(Command& root);
void add_message_commands(Command& root);
void add_route_commands(Command& root);
void add_sequence_commands(Command& root);
void add_template_commands(Command& root);
void add_trigger_command(Command& root);
void add_webhook_commands(Command& root);
void add_report_command(Command& root);
void add_stats_command(Command& root);
// START
void add_completion_commands(Command& root);
void add_config_commands(Command& root);
void add_demo_command(Command& root);
void add_doctor_command(Command& root);
void add_help_command(Command& root);
void add_init_command(Command& root);
void add_version_command(Command& root);
// TENANTS
void add_tenant_commands(Command& root);
void add_token_commands(Command& root);
// INTAKE
void add_lead_commands(Command& root);
void add_widget_command(Command& root);
// CHANNELS
// BOOKING
void add_booking_commands(Command& root);
void add_calendar_commands(Command& root);
void add_expert_commands(Command& root);
void add_slot_holidays(Command& slot);   // part of `slot`, slot_holiday.cpp
void add_offer_calcom(Command& offer);   // part of `offer`, offer_calcom.cpp
void add_offer_pools(Command& offer);    // and this, offer_pool.cpp
void add_booking_papers(Command& noun);  // part of `booking`, note.cpp
void add_waitlist_commands(Command& root);
void add_group_commands(Command& root);
void add_review_commands(Command& root);
void add_offer_commands(Command& root);
void add_request_commands(Command& root);
void add_slot_commands(Command& root);
void add_slot_rule_commands(Command& slot);
void add_slot_except_commands(Command& slot);
// MONEY
void add_ledger_commands(Command& root);
void add_ledger_checks(Command& ledger);  // part of `ledger`, ledger_check.cpp
void add_payment_commands(Command& root);
void add_payment_method_commands(Command& payment);   // part of `payment`, payment_method.cpp
void add_payment_account_commands(Command& payment);  // part of `payment`, payment_account.cpp
void add_payout_commands(Command& root);
void add_payout_methods(Command& payout);    // part of `payout`, payout_method.cpp
void add_payout_statement(Command& payout);  // part of `payout`, payout_statement.cpp
// REPORTS
void add_export_commands(Command& root);
void add_import_commands(Command& root);
// LAW
void add_legal_commands(Command& root);
void add_privacy_commands(Command& root);
// JOBS
void add_backup_command(Command& root);
void add_canary_commands(Command& root);
void add_db_commands(Command& root);
void add_job_commands(Command& root);
void add_restore_command(Command& root);

// JOBS
void add_mock_commands(Command& root);
void add_serve_command(Command& root);
void add_work_command(Command& root);

}  // namespace flead::cli
