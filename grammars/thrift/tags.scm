(struct_definition type: (identifier) @name) @definition.class
(union_definition type: (identifier) @name) @definition.class
(exception_definition (identifier) @name) @definition.class
(enum_definition type: (identifier) @name) @definition.enum
(enum_definition type: (identifier) (identifier) @name @definition.constant)
(service_definition . type: (identifier) @name) @definition.interface
(function_definition (identifier) @name) @definition.method
(const_definition (identifier) @name) @definition.constant
(typedef_definition (typedef_identifier) @name) @definition.type
(struct_definition (field (identifier) @name) @definition.field)
(exception_definition (field (identifier) @name) @definition.field)

(type type: (identifier) @name) @reference.type
