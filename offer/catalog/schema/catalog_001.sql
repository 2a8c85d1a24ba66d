CREATE TABLE catalog_products (
	id               TEXT PRIMARY KEY,
	slug             TEXT NOT NULL,
	title            TEXT NOT NULL,
	description      TEXT NOT NULL,
	status           TEXT NOT NULL CHECK (status IN ('draft', 'active', 'archived')),
	tax_class        TEXT NOT NULL,
	kind             TEXT NOT NULL,
	tags             TEXT NOT NULL, -- JSON array; catalog_tags is the index over it
	categories       TEXT NOT NULL, -- JSON array; catalog_categories is the index over it
	attributes       TEXT NOT NULL, -- JSON object: code → values
	options          TEXT NOT NULL, -- JSON array, in order
	safety           TEXT NOT NULL, -- JSON object
	relations        TEXT NOT NULL, -- JSON array, in order
	publications     TEXT NOT NULL, -- JSON array; '[]': in every channel. catalog_publications is the index over it
	metadata         TEXT NOT NULL, -- JSON object
	private_metadata TEXT NOT NULL, -- JSON object
	external_ids     TEXT NOT NULL, -- JSON object
	source           TEXT NOT NULL,
	is_test          BIGINT NOT NULL CHECK (is_test IN (0, 1)),
	version          BIGINT NOT NULL CHECK (version > 0),
	created_at       BIGINT NOT NULL,
	updated_at       BIGINT NOT NULL,
	title_key        BYTEA NOT NULL -- the title in plain lower case, to sort by
);
CREATE INDEX catalog_products_by_status ON catalog_products (status, id);
CREATE INDEX catalog_products_by_title ON catalog_products (title_key, id);
CREATE INDEX catalog_products_by_change ON catalog_products (updated_at, id);

-- A slug belongs to one product in every language, and for ever: so a link
-- that once worked keeps working after the slug was changed.
CREATE TABLE catalog_slugs (
	slug    TEXT PRIMARY KEY,
	product TEXT NOT NULL REFERENCES catalog_products (id)
);
CREATE INDEX catalog_slugs_by_product ON catalog_slugs (product);
CREATE TABLE catalog_translations (
	product     TEXT NOT NULL REFERENCES catalog_products (id),
	locale      TEXT NOT NULL,
	slug        TEXT NOT NULL, -- '' falls back, as title and description do
	title       TEXT NOT NULL,
	description TEXT NOT NULL,
	PRIMARY KEY (product, locale)
);
-- Every locale that some product is translated into.
CREATE TABLE catalog_locales (locale TEXT PRIMARY KEY);
CREATE TABLE catalog_variants (
	id                 TEXT PRIMARY KEY,
	product            TEXT NOT NULL REFERENCES catalog_products (id),
	sku                TEXT NOT NULL,
	title              TEXT NOT NULL,
	options            TEXT NOT NULL, -- JSON object
	barcode            TEXT NOT NULL,
	weight_grams       BIGINT NOT NULL CHECK (weight_grams >= 0),
	length_mm          BIGINT NOT NULL CHECK (length_mm >= 0), -- as it is packed, the longest side first; 0 while not known
	width_mm           BIGINT NOT NULL CHECK (width_mm >= 0),
	height_mm          BIGINT NOT NULL CHECK (height_mm >= 0),
	content            BIGINT NOT NULL CHECK (content >= 0), -- 0 while not known
	content_unit       TEXT NOT NULL,
	parts              TEXT NOT NULL, -- JSON array, of a bundle; catalog_parts is the index over it
	parts_discount     BIGINT NOT NULL CHECK (parts_discount BETWEEN 0 AND 1000000), -- ppm off the sum of the parts
	file               TEXT NOT NULL, -- JSON object, of digital goods
	unit_cost          BIGINT NOT NULL CHECK (unit_cost >= 0),
	unit_cost_currency TEXT NOT NULL, -- '' while the cost is not known
	position           BIGINT NOT NULL,
	retired            BIGINT NOT NULL CHECK (retired IN (0, 1))
);
-- A retired variant keeps its id for old orders and gives its SKU back.
CREATE UNIQUE INDEX catalog_variants_by_sku ON catalog_variants (sku) WHERE retired = 0;
CREATE INDEX catalog_variants_by_product ON catalog_variants (product, position);

CREATE TABLE catalog_images (
	product  TEXT NOT NULL REFERENCES catalog_products (id),
	position BIGINT NOT NULL,
	blob     TEXT NOT NULL,
	alt      TEXT NOT NULL,
	width    BIGINT NOT NULL,
	height   BIGINT NOT NULL,
	variant  TEXT NOT NULL, -- '' shows them all
	sizes    TEXT NOT NULL, -- JSON array: the widths it is kept in
	alts     TEXT NOT NULL, -- JSON object: alt by locale
	PRIMARY KEY (product, position)
);
CREATE TABLE catalog_tags (
	tag     TEXT NOT NULL,
	product TEXT NOT NULL REFERENCES catalog_products (id),
	PRIMARY KEY (tag, product)
);
CREATE INDEX catalog_tags_by_product ON catalog_tags (product);

-- Folded words of titles and SKUs, as bytes so that a prefix is a range of
-- the index whatever the database's collation.
CREATE TABLE catalog_words (
	word    BYTEA NOT NULL,
	product TEXT NOT NULL REFERENCES catalog_products (id),
	PRIMARY KEY (word, product)
);
CREATE INDEX catalog_words_by_product ON catalog_words (product);

CREATE TABLE catalog_categories (
	category TEXT NOT NULL, -- of offer/taxonomy
	product  TEXT NOT NULL REFERENCES catalog_products (id),
	PRIMARY KEY (category, product)
);
CREATE INDEX catalog_categories_by_product ON catalog_categories (product);

-- When a product is seen in a channel. One without rows is seen in all, always.
CREATE TABLE catalog_publications (
	product TEXT NOT NULL REFERENCES catalog_products (id),
	channel TEXT NOT NULL,
	starts  BIGINT NOT NULL, -- microseconds since 1970; 0: it always was
	ends    BIGINT NOT NULL CHECK (ends = 0 OR ends > starts), -- 0: it always will be
	PRIMARY KEY (product, channel, starts)
);
-- Which bundles a variant is part of.
CREATE TABLE catalog_parts (
	part   TEXT NOT NULL REFERENCES catalog_variants (id),
	bundle TEXT NOT NULL REFERENCES catalog_variants (id),
	PRIMARY KEY (part, bundle),
	CHECK (part <> bundle)
);
CREATE INDEX catalog_parts_by_bundle ON catalog_parts (bundle);
