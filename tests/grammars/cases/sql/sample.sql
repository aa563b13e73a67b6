-- Shapes of all kinds.
CREATE TABLE shapes (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL
);

CREATE VIEW large AS
SELECT name FROM shapes WHERE area(id) > 10‸;

CREATE INDEX by_name ON shapes (name);

-- Area of a shape.
CREATE FUNCTION area(id INTEGER) RETURNS INTEGER
LANGUAGE sql AS $$
    SELECT 1;
$$;

SELECT s.name, count(*)
FROM shapes s
JOIN owners o ON o.id = s.id
GROUP BY s.name;
