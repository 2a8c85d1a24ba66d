CREATE TABLE remember_generations (
	name       TEXT PRIMARY KEY,
	generation BIGINT NOT NULL
);
