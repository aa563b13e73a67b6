(structure_statement (identifier) @name) @definition.class
(union_statement (identifier) @name) @definition.class
(enum_statement (identifier) @name) @definition.enum
(service_statement (identifier) @name) @definition.interface
(operation_statement (identifier) @name) @definition.method
(resource_statement (identifier) @name) @definition.class
(simple_shape_statement (identifier) @name) @definition.type
(shape_member (field) @name) @definition.field
(enum_member (enum_field) @name) @definition.constant

(shape_id (root_shape_id (identifier) @name)) @reference.type
