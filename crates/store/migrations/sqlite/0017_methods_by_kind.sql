-- What is taken from consumers may differ from what is taken from companies, which stays in accepted_methods.
ALTER TABLE business ADD COLUMN consumer_methods TEXT NOT NULL DEFAULT 'card';
UPDATE business SET consumer_methods = accepted_methods;
