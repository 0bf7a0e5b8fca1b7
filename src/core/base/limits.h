// Every limit of the product that is not a tenant's setting, each with its unit and its reason.
// A list, body, queue, wait or retry without a name here is a bug.
#pragma once

#include <cstddef>
#include <cstdint>

namespace flead {

// JSON: deeper nesting has no use here, and recursion ends long before the stack does.
inline constexpr std::size_t k_json_depth_max = 64;

// Log: a line is one write, and a write of up to 4096 bytes to a pipe is never mixed with another.
inline constexpr std::size_t k_log_value_characters_max = 400;

// Intake (contract 3.1). Characters are code points.
inline constexpr std::size_t k_lead_body_bytes_max = 64 * 1024;
inline constexpr std::size_t k_name_characters_max = 200;
inline constexpr std::size_t k_phone_characters_max = 64;   // longest sensible writing of a number
inline constexpr std::size_t k_email_characters_max = 254;  // RFC 5321 section 4.5.3.1.3
inline constexpr std::size_t k_handle_characters_max = 64;
inline constexpr std::size_t k_message_characters_max = 4000;
inline constexpr std::size_t k_url_characters_max = 2048;
inline constexpr std::size_t k_custom_values_max = 32;
inline constexpr std::size_t k_custom_bytes_max = 4 * 1024;
inline constexpr std::size_t k_consent_version_characters_max = 64;
inline constexpr std::size_t k_tag_characters_max = 64;
inline constexpr std::size_t k_tags_max = 50;                    // of one lead
inline constexpr std::size_t k_user_agent_characters_max = 512;  // kept as evidence, cut
inline constexpr std::size_t k_idempotency_key_max = 255;
inline constexpr std::int64_t k_idempotency_keep_ms = 24LL * 3600 * 1000;

// Widget: each visitor of each page loads these texts.
inline constexpr std::size_t k_widget_text_characters_max = 300;
inline constexpr std::size_t k_widget_scripts_kept = 256;  // compressed scripts held in memory

// Lists (contract 3).
inline constexpr std::int64_t k_page_default = 50;
inline constexpr std::int64_t k_page_max = 200;
inline constexpr std::int64_t k_cli_page_max = 1000;
inline constexpr std::int64_t k_name_search_leads_max = 100000;  // the newest; 0.1 s of reading

// Store: waiting for another writer (contract 2), and running a lambda again after a lost race.
inline constexpr int k_store_wait_ms = 5000;
inline constexpr int k_transaction_tries_max = 5;
// Writes that share one commit: more would only hold the lock longer than a flush takes.
inline constexpr std::size_t k_commit_group_max = 128;

// The write-ahead log, in pages of 4 KiB: copied back to the store by a thread of its own each time
// it has grown by the first size, by the writer to its end at the second (then it begins anew), and
// with writers held up for a moment from the third on (a steady reader keeps it from that).
inline constexpr int k_wal_pages_copy = 500;
inline constexpr int k_wal_pages_finish = 8000;
inline constexpr int k_wal_pages_restart = 32000;
inline constexpr int k_wal_restart_wait_ms = 200;  // for readers, once; then again at the next turn

// Housekeeping (core/store/housekeep): what is old goes in small commits, so that no visitor waits.
inline constexpr std::int64_t k_housekeep_every_ms = 10LL * 60 * 1000;
inline constexpr std::int64_t k_prune_rows_per_commit = 500;
inline constexpr std::int64_t k_prune_rows_per_run = 200000;  // the rest at the next run
inline constexpr std::int64_t k_vacuum_pages_per_commit = 256;
inline constexpr std::int64_t k_vacuum_pages_per_run = 25600;  // 100 MiB
inline constexpr std::int64_t k_retain_days_max = 36500;

// Backups.
inline constexpr std::int64_t k_backups_kept_max = 1000;

// Spam (core/intake/proof): a proof of work is asked for from so many leads a minute of one tenant
// on. Sixteen bits are a fraction of a second of a desktop's browser and about one of a phone's;
// each doubling of the flood adds a bit, up to what a phone does while a person types. A challenge
// lives as long as a form stands open.
inline constexpr std::int64_t k_proof_threshold_per_minute = 30;
inline constexpr int k_proof_bits = 16;
inline constexpr int k_proof_bits_max = 20;
inline constexpr std::int64_t k_proof_age_max_ms = 2LL * 3600 * 1000;
inline constexpr std::size_t k_proofs_spent_max = 50000;   // remembered by one process
inline constexpr std::size_t k_proof_tenants_max = 10000;  // counted by one process
inline constexpr std::int64_t k_form_time_min_ms = 1500;   // nobody fills a form faster

// Canary: how long each hop may take, and how often it looks.
inline constexpr std::int64_t k_canary_wait_ms = 60 * 1000;
inline constexpr std::int64_t k_canary_look_ms = 100;

// Jobs: a lease outlasts the longest handler (15 s of transport and a commit) with room to spare.
inline constexpr std::int64_t k_job_lease_ms = 60 * 1000;
inline constexpr int k_job_attempts_max = 12;
inline constexpr int k_job_crashes_free = 2;              // crashes that cost a job no pause
inline constexpr std::int64_t k_jobs_rescued_max = 1000;  // in one look; threads hold fewer
inline constexpr std::int64_t k_job_backoff_base_ms = 5 * 1000;
inline constexpr std::int64_t k_job_backoff_max_ms = 3600 * 1000;
inline constexpr std::int64_t k_job_poll_ms = 1000;  // how long a commit elsewhere may go unnoticed
inline constexpr std::int64_t k_heartbeat_ms = 10 * 1000;  // of `work`, for `serve --no-jobs`
inline constexpr int k_job_threads = 16;  // of `serve` and `work`: they wait for providers, disks
inline constexpr int k_jobs_once_max = 10000;  // one `work --once` run; cron starts the next

// Callers that one process keeps in memory (serve/http/auth).
inline constexpr std::size_t k_callers_kept_max = 10000;

// Rates of requests: buckets remembered (about 100 bytes each), and the largest count of a rate.
inline constexpr std::size_t k_rate_keys_max = 100000;
inline constexpr std::int64_t k_rate_count_max = 1000000;

// Outbound transport.
inline constexpr int k_connect_timeout_ms = 5000;
inline constexpr int k_request_timeout_ms = 15000;
inline constexpr std::size_t k_reply_bytes_max = 1024 * 1024;  // a pull brings many events

// HTTP front (serve/http). Head and header counts stop header floods, see the attack tests.
inline constexpr std::size_t k_head_bytes_max = 16 * 1024;
inline constexpr std::size_t k_headers_max = 100;
inline constexpr std::size_t k_target_bytes_max = 8190;
inline constexpr std::size_t k_body_bytes_max = 1024 * 1024;
inline constexpr std::size_t k_stray_body_bytes_max = 64 * 1024;  // sent to no route
inline constexpr std::size_t k_connections_max = 4096;
inline constexpr std::size_t k_connections_per_address_max = 256;
inline constexpr std::size_t k_request_queue_max = 512;  // half of it for one key, address or page
// Threads that run handlers. They wait for the disk, not for the processor, and what arrives while
// they wait shares the next flush: more than cores, on purpose.
inline constexpr int k_request_threads = 16;
inline constexpr int k_request_threads_max = 64;
// Requests that are being answered or wait for their commit together: more wait in the queue.
inline constexpr std::size_t k_requests_under_way_max = 256;
inline constexpr int k_request_wait_ms = 5000;  // of a whole request for a worker, then 503
inline constexpr int k_head_timeout_ms = 10000;
inline constexpr int k_body_timeout_ms = 30000;
inline constexpr int k_idle_timeout_ms = 15000;
inline constexpr int k_write_timeout_ms = 10000;   // for a reply that does not move at all
inline constexpr int k_reply_timeout_ms = 120000;  // for a reply that only drips
inline constexpr int k_linger_ms = 1000;  // reading on after a refusal, see connections.cpp
inline constexpr int k_listen_backlog = 1024;
inline constexpr int k_requests_per_connection_max = 10000;
// What `http.*` of the settings may be set to, beside k_request_threads_max. The descriptors that
// the system allows are the real ceiling of connections.
inline constexpr std::size_t k_connections_set_min = 16;
inline constexpr std::size_t k_connections_set_max = 100000;
inline constexpr std::size_t k_request_queue_set_max = 10000;
inline constexpr int k_http_timeout_set_min_ms = 1000;
inline constexpr int k_http_timeout_set_max_ms = 10 * 60 * 1000;

// Server-sent events (serve/http/streams). An event may become visible so much later than its id
// says: a writer waits for another one, and may lose a race.
inline constexpr std::size_t k_streams_max = 256;          // readers at once, each a connection
inline constexpr std::size_t k_streams_set_max = 4096;     // `http.streams`
inline constexpr std::size_t k_stream_events_kept = 1024;  // for readers that come back
inline constexpr std::size_t k_stream_backlog_bytes_max = 256 * 1024;  // of one slow reader
inline constexpr int k_stream_comment_ms = 15000;  // keeps proxies from closing a quiet one
inline constexpr int k_stream_age_max_ms = 15 * 60 * 1000;  // then its token is asked for again
inline constexpr int k_stream_look_ms = 200;                // at least, between two looks
inline constexpr int k_event_late_ms = 2 * k_store_wait_ms;
inline constexpr std::size_t k_event_ids_max = 20000;  // told within k_event_late_ms
inline constexpr int k_drain_read_ms = 1000;  // for requests half read when the stop was asked for
inline constexpr std::size_t k_form_values_max = 200;  // pairs of one query or form
inline constexpr int k_retry_after_s = 2;  // what 503 and 429 ask for when nobody knows better
inline constexpr int k_stop_timeout_ms = 10000;  // contract 2: SIGTERM to exit

// Operations (contract 3.6).
inline constexpr int k_worker_look_max_ms = 30000;
inline constexpr int k_probe_keep_ms = 1000;  // one answer of /readyz serves everybody that long

// Booking.
inline constexpr std::int64_t k_slot_horizon_days_max = 366;  // furthest a rule may offer slots
inline constexpr std::int64_t k_slots_listed_max = 2000;      // one answer of free slots
inline constexpr std::int64_t k_slots_default_days = 14;      // contract 3.3
inline constexpr std::size_t k_days_on_page_max = 7;          // of the booking page
inline constexpr std::size_t k_slots_on_page_max = 500;
inline constexpr std::int64_t k_seats_max = 1000;
inline constexpr std::int64_t k_slot_length_min_max = 24 * 60;  // minutes; a window ends on its day
inline constexpr std::int64_t k_slot_buffer_min_max = 24 * 60;  // minutes
inline constexpr std::int64_t k_slot_notice_min_max = 366 * 24 * 60;  // minutes
// A booking with its buffer lasts no longer, so a search for overlaps need not look further back.
inline constexpr std::int64_t k_booking_span_ms_max =
    (k_slot_length_min_max + k_slot_buffer_min_max) * 60 * 1000;
inline constexpr std::size_t k_weekly_bytes_max = 2000;      // the text of --weekly
inline constexpr std::size_t k_slot_windows_max = 200;       // of one offer
inline constexpr std::int64_t k_slot_exceptions_max = 2000;  // of one host, past ones too
inline constexpr std::int64_t k_hosts_max = 20000;           // of one tenant; offers too
inline constexpr std::int64_t k_busy_max = 200000;           // bookings read for one list of slots
inline constexpr std::int64_t k_hold_default_ms =
    75LL * 60 * 1000;  // a slot kept while one decides
inline constexpr std::int64_t k_hold_ms_max = 7LL * 24 * 3600 * 1000;
inline constexpr std::size_t k_reason_characters_max = 500;
inline constexpr std::size_t k_slug_characters_max = 40;
inline constexpr std::int64_t k_review_ask_days_max = 7;  // later nobody is asked any more
inline constexpr std::size_t k_questions_max = 20;        // of one offer, to be answered beforehand
inline constexpr std::size_t k_question_characters_max = 300;
inline constexpr std::size_t k_answer_characters_max = 4000;
inline constexpr std::int64_t k_notes_max = 200;  // of one booking
inline constexpr std::size_t k_note_characters_max = 8000;
inline constexpr std::int64_t k_waits_max = 500;        // people who wait for one offer
inline constexpr std::size_t k_pool_members_max = 100;  // offers behind one that any host may keep
inline constexpr std::int64_t k_calendars_max = 10;     // that one host reads or writes
inline constexpr std::size_t k_calendar_bytes_max = 8 * 1024 * 1024;
inline constexpr std::size_t k_calendar_events_max = 20000;  // busy times read out of one calendar
inline constexpr std::int64_t k_calendar_days_max = 400;     // ahead, beyond any slot
inline constexpr std::int64_t k_holidays_max = 2000;         // of one tenant
inline constexpr std::size_t k_experts_looked_max = 2000;    // for one page of a list
inline constexpr std::size_t k_favourites_max = 50;          // of one visitor
inline constexpr std::size_t k_group_members_max = 500;
inline constexpr std::size_t k_group_rounds_max = 500;
inline constexpr std::size_t k_group_size_max = 12;            // people in one subgroup of a round
inline constexpr std::size_t k_minutes_bytes_max = 64 * 1024;  // the record of one meeting

// Templates and messages. A message that could not be sent for so long is given up.
inline constexpr std::size_t k_template_bytes_max = 32 * 1024;
inline constexpr std::size_t k_message_bytes_max = 256 * 1024;  // rendered, with a report in it
inline constexpr std::int64_t k_sms_segments_max = 8;           // each is paid for
inline constexpr int k_message_attempts_max = 80;               // about three days of back-off
inline constexpr std::int64_t k_message_age_max_ms = 72LL * 3600 * 1000;
inline constexpr std::int64_t k_channels_max = 100;           // of one tenant
inline constexpr std::int64_t k_channels_tended_max = 10000;  // pulled or watched, of one store
inline constexpr std::size_t k_paced_messages_max = 100000;   // of one channel, in one process
inline constexpr double k_channel_rate_min = 0.001;  // messages a second: one in a quarter hour
inline constexpr double k_channel_rate_max = 1000.0;

// The way in. A start link lives as long as a lead may take to press it; what one person writes is
// kept, cut, and an event of a provider is a small thing.
inline constexpr std::size_t k_business_text_characters_max = 500;
inline constexpr std::int64_t k_start_token_age_ms = 30LL * 24 * 3600 * 1000;
inline constexpr std::size_t k_hook_body_bytes_max = 256 * 1024;
inline constexpr std::size_t k_hook_events_max = 1000;  // of one call
inline constexpr std::size_t k_inbound_characters_max = 4000;
inline constexpr std::size_t k_provider_key_bytes_max = 300;
inline constexpr std::size_t k_route_steps_max = 20;
// Quiet hours hold nothing that answers what the person did so shortly before.
inline constexpr std::int64_t k_fresh_ms = 30LL * 60 * 1000;

// Money that a provider may tell us, in whole units.
inline constexpr std::int64_t k_money_whole_max = 1'000'000'000'000;

// Command line: flead.json and a file with one secret are written by hand.
inline constexpr std::size_t k_config_bytes_max = 64 * 1024;
inline constexpr std::size_t k_secret_bytes_max = 4 * 1024;
inline constexpr std::size_t k_answer_bytes_max = 4 * 1024;  // one line typed at a prompt
inline constexpr std::size_t k_output_buffer_bytes = 64 * 1024;
inline constexpr std::size_t k_kept_output_bytes_max = 256 * 1024;  // printed again for a --key

// Legal texts: a long policy with room to spare.
inline constexpr std::size_t k_legal_bytes_max = 256 * 1024;

// Import: a row over this is rejected with its number, the rest goes on.
inline constexpr std::size_t k_csv_row_bytes_max = 256 * 1024;
inline constexpr std::size_t k_csv_columns_max = 200;
// All rows of an import are one commit, so they are in memory together: about four times this.
inline constexpr std::size_t k_import_bytes_max = 64 * 1024 * 1024;

// Export: one write of this size, so that a million rows are a thousand system calls.
inline constexpr std::size_t k_export_chunk_bytes = 256 * 1024;
inline constexpr std::int64_t k_export_leads_per_read = 10000;

// Reports: lines of a breakdown; more would not be read.
inline constexpr std::int64_t k_report_shares_max = 20;

// Counters: a label of a source; and the rows that one question reads (three years of 300 a day).
inline constexpr std::size_t k_source_label_characters_max = 64;
inline constexpr std::int64_t k_day_counts_max = 400000;
inline constexpr std::int64_t k_stats_days_max = 1100;  // of one question: three years

}  // namespace flead
