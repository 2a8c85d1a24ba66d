ALTER TABLE cart_carts ADD COLUMN collect TEXT NOT NULL DEFAULT ''; -- the location where its shopper would collect; '' none
