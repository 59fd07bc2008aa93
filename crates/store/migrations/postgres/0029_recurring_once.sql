-- What the form is known by that a recurring invoice was set up with: sent twice, it sets up one.
ALTER TABLE recurring ADD COLUMN form TEXT CONSTRAINT recurring_form CHECK (length(form) BETWEEN 8 AND 64);
CREATE UNIQUE INDEX recurring_business_id_form_key ON recurring (business_id, form) WHERE form IS NOT NULL;
