CREATE TABLE group_groups (
	id         TEXT PRIMARY KEY,
	name       TEXT NOT NULL,
	created_at BIGINT NOT NULL
);
CREATE TABLE group_members (
	group_id TEXT NOT NULL REFERENCES group_groups (id),
	customer TEXT NOT NULL,
	added_at BIGINT NOT NULL,
	PRIMARY KEY (group_id, customer)
);
CREATE INDEX group_members_of ON group_members (customer, group_id);
