[(statement) (column_definitions) (subquery) (cte)] @block
