-- Leads that a human inbox has a conversation for. `told` is how far its lines have been told
-- there: the id of the last line, without its prefix. `wanted` is a state to be told there, or ''.
CREATE TABLE desk_threads (
  id TEXT PRIMARY KEY,
  tenant_id TEXT NOT NULL REFERENCES tenants (id),
  lead_id TEXT NOT NULL REFERENCES leads (id),
  channel_id TEXT NOT NULL REFERENCES channels (id),
  contact TEXT NOT NULL,
  conversation TEXT NOT NULL,
  introduced BIGINT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('open', 'resolved', 'pending', 'snoozed')),
  wanted TEXT NOT NULL,
  why TEXT NOT NULL,
  told TEXT NOT NULL,
  checked_at_ms BIGINT NOT NULL,
  created_at_ms BIGINT NOT NULL,
  updated_at_ms BIGINT NOT NULL
);
CREATE UNIQUE INDEX desk_threads_by_lead ON desk_threads (lead_id);
CREATE INDEX desk_threads_by_channel ON desk_threads (channel_id, conversation);
CREATE INDEX desk_threads_to_check ON desk_threads (channel_id, state, checked_at_ms);

-- What operators wrote there, by the inbox's own number of it, and the message of ours that took
-- it to the lead: '' where none could. `told` is what the inbox knows of how that went.
CREATE TABLE desk_answers (
  channel_id TEXT NOT NULL REFERENCES channels (id),
  answer TEXT NOT NULL,
  thread_id TEXT NOT NULL REFERENCES desk_threads (id),
  message_id TEXT NOT NULL,
  error TEXT NOT NULL,
  told TEXT NOT NULL,
  created_at_ms BIGINT NOT NULL,
  PRIMARY KEY (channel_id, answer)
);
CREATE INDEX desk_answers_by_thread ON desk_answers (thread_id);
CREATE INDEX desk_answers_by_message ON desk_answers (message_id);
