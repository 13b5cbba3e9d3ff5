CREATE TABLE IF NOT EXISTS lindorff_contents (
	id BIGSERIAL NOT NULL, 
	size BIGINT, 
	sha256 VARCHAR, 
	started_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	purged_at TIMESTAMP WITH TIME ZONE, 
	PRIMARY KEY (id)
);
CREATE TABLE IF NOT EXISTS lindorff_meta (
	name VARCHAR NOT NULL, 
	value VARCHAR NOT NULL, 
	PRIMARY KEY (name)
);
CREATE TABLE IF NOT EXISTS lindorff_sequences (
	definition_id VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	last INTEGER NOT NULL, 
	PRIMARY KEY (definition_id, name)
);
CREATE TABLE IF NOT EXISTS lindorff_chunks (
	content_id BIGINT NOT NULL, 
	number INTEGER NOT NULL, 
	data BYTEA NOT NULL, 
	PRIMARY KEY (content_id, number), 
	FOREIGN KEY(content_id) REFERENCES lindorff_contents (id)
);
CREATE TABLE IF NOT EXISTS lindorff_incoming (
	id BIGSERIAL NOT NULL, 
	definition_id VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	sha256 VARCHAR NOT NULL, 
	size BIGINT NOT NULL, 
	content_id BIGINT NOT NULL, 
	state VARCHAR NOT NULL, 
	received_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	remote_modified TIMESTAMP WITH TIME ZONE, 
	deliveries INTEGER NOT NULL, 
	name_reused BOOLEAN NOT NULL, 
	same_bytes_as BIGINT, 
	kind VARCHAR NOT NULL, 
	sequence INTEGER, 
	receive_sequence INTEGER, 
	recorded_at TIMESTAMP WITH TIME ZONE, 
	disposed_at TIMESTAMP WITH TIME ZONE, 
	postings INTEGER NOT NULL, 
	events INTEGER NOT NULL, 
	skipped_events INTEGER NOT NULL, 
	PRIMARY KEY (id), 
	UNIQUE (definition_id, name, sha256), 
	FOREIGN KEY(content_id) REFERENCES lindorff_contents (id)
);
CREATE INDEX IF NOT EXISTS lindorff_incoming_bytes ON lindorff_incoming (definition_id, sha256);
CREATE TABLE IF NOT EXISTS lindorff_outgoing (
	id BIGSERIAL NOT NULL, 
	definition_id VARCHAR NOT NULL, 
	transfer VARCHAR NOT NULL, 
	sequence INTEGER NOT NULL, 
	name VARCHAR NOT NULL, 
	content_id BIGINT NOT NULL, 
	state VARCHAR NOT NULL, 
	temp_name VARCHAR NOT NULL, 
	stored_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	changed_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	PRIMARY KEY (id), 
	UNIQUE (definition_id, transfer, sequence), 
	FOREIGN KEY(content_id) REFERENCES lindorff_contents (id)
);
CREATE TABLE IF NOT EXISTS lindorff_cases (
	id BIGSERIAL NOT NULL, 
	definition_id VARCHAR NOT NULL, 
	outgoing_id BIGINT NOT NULL, 
	reference VARCHAR NOT NULL, 
	state VARCHAR NOT NULL, 
	agency_case_number VARCHAR NOT NULL, 
	number_kind VARCHAR, 
	changed_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	paid_ore BIGINT DEFAULT '0' NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(outgoing_id) REFERENCES lindorff_outgoing (id)
);
CREATE INDEX IF NOT EXISTS lindorff_cases_outgoing ON lindorff_cases (outgoing_id);
CREATE INDEX IF NOT EXISTS lindorff_cases_reference ON lindorff_cases (definition_id, reference);
CREATE TABLE IF NOT EXISTS lindorff_findings (
	id BIGSERIAL NOT NULL, 
	definition_id VARCHAR NOT NULL, 
	incoming_id BIGINT, 
	code VARCHAR NOT NULL, 
	severity VARCHAR NOT NULL, 
	payload TEXT NOT NULL, 
	found_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	resolved_at TIMESTAMP WITH TIME ZONE, 
	holds VARCHAR DEFAULT '' NOT NULL, 
	case_reference VARCHAR DEFAULT '' NOT NULL, 
	resolution VARCHAR DEFAULT '' NOT NULL, 
	resolved_by VARCHAR DEFAULT '' NOT NULL, 
	note VARCHAR DEFAULT '' NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(incoming_id) REFERENCES lindorff_incoming (id)
);
CREATE INDEX IF NOT EXISTS lindorff_findings_cases ON lindorff_findings (definition_id, case_reference) WHERE holds = 'case';
CREATE INDEX IF NOT EXISTS lindorff_findings_incoming ON lindorff_findings (incoming_id);
CREATE TABLE IF NOT EXISTS lindorff_postings (
	id VARCHAR NOT NULL, 
	definition_id VARCHAR NOT NULL, 
	case_reference VARCHAR NOT NULL, 
	incoming_id BIGINT NOT NULL, 
	receive_sequence INTEGER NOT NULL, 
	position INTEGER NOT NULL, 
	state VARCHAR NOT NULL, 
	failures INTEGER NOT NULL, 
	last_error VARCHAR NOT NULL, 
	applied_at TIMESTAMP WITH TIME ZONE, 
	retry_at TIMESTAMP WITH TIME ZONE, 
	parked BOOLEAN DEFAULT false NOT NULL, 
	repeat_key VARCHAR DEFAULT '' NOT NULL, 
	PRIMARY KEY (id), 
	UNIQUE (definition_id, receive_sequence, position), 
	FOREIGN KEY(incoming_id) REFERENCES lindorff_incoming (id)
);
CREATE INDEX IF NOT EXISTS lindorff_postings_incoming ON lindorff_postings (incoming_id);
CREATE INDEX IF NOT EXISTS lindorff_postings_pending ON lindorff_postings (definition_id, receive_sequence, position) WHERE state = 'pending';
CREATE INDEX IF NOT EXISTS lindorff_postings_repeat ON lindorff_postings (definition_id, repeat_key) WHERE repeat_key != '';
CREATE INDEX IF NOT EXISTS lindorff_postings_turn ON lindorff_postings (definition_id, case_reference, receive_sequence, position) WHERE state = 'pending';
CREATE TABLE IF NOT EXISTS lindorff_case_numbers (
	case_id BIGINT NOT NULL, 
	position INTEGER NOT NULL, 
	definition_id VARCHAR NOT NULL, 
	number VARCHAR NOT NULL, 
	kind VARCHAR NOT NULL, 
	PRIMARY KEY (case_id, position), 
	FOREIGN KEY(case_id) REFERENCES lindorff_cases (id)
);
CREATE INDEX IF NOT EXISTS lindorff_case_numbers_number ON lindorff_case_numbers (definition_id, number);
CREATE TABLE IF NOT EXISTS lindorff_claims (
	case_id BIGINT NOT NULL, 
	position INTEGER NOT NULL, 
	definition_id VARCHAR NOT NULL, 
	invoice_number VARCHAR NOT NULL, 
	live BOOLEAN NOT NULL, 
	remaining_amount VARCHAR, 
	kid VARCHAR DEFAULT '' NOT NULL, 
	PRIMARY KEY (case_id, position), 
	FOREIGN KEY(case_id) REFERENCES lindorff_cases (id)
);
CREATE UNIQUE INDEX IF NOT EXISTS lindorff_claims_live ON lindorff_claims (definition_id, invoice_number) WHERE live IS true;
CREATE TABLE IF NOT EXISTS lindorff_events (
	id VARCHAR NOT NULL, 
	posting_id VARCHAR NOT NULL, 
	position INTEGER NOT NULL, 
	kind VARCHAR NOT NULL, 
	payload TEXT NOT NULL, 
	transaction_id VARCHAR DEFAULT '' NOT NULL, 
	PRIMARY KEY (id), 
	UNIQUE (posting_id, position), 
	FOREIGN KEY(posting_id) REFERENCES lindorff_postings (id)
);
CREATE INDEX IF NOT EXISTS lindorff_events_transaction ON lindorff_events (transaction_id) WHERE transaction_id != '';
CREATE TABLE IF NOT EXISTS lindorff_holds (
	finding_id BIGINT NOT NULL, 
	posting_id VARCHAR NOT NULL, 
	PRIMARY KEY (finding_id, posting_id), 
	FOREIGN KEY(finding_id) REFERENCES lindorff_findings (id), 
	FOREIGN KEY(posting_id) REFERENCES lindorff_postings (id)
);
CREATE INDEX IF NOT EXISTS lindorff_holds_posting ON lindorff_holds (posting_id);
INSERT INTO lindorff_meta (name, value) VALUES ('version', '2');
