-- SQLite plans each trigger with the statement that fires it, and takes the unique key: nothing to change here.
SELECT 1;
