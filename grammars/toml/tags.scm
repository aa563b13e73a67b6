(table . (_) @name) @definition.section
(table_array_element . (_) @name) @definition.section
(pair . (_) @name) @definition.field
