(bind function: (id) @name) @definition.function
(bind . (id) @name) @definition.variable
(field function: (fieldname) @name) @definition.method
(field (fieldname) @name) @definition.field

(functioncall . (id) @name) @reference.call
(functioncall . (fieldaccess last: (id) @name)) @reference.call
