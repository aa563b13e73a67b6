(procedure_declaration . (identifier) @name) @definition.function
(overloaded_procedure_declaration . (identifier) @name) @definition.function
(struct_declaration . (identifier) @name) @definition.class
(union_declaration . (identifier) @name) @definition.type
(enum_declaration . (identifier) @name) @definition.enum
(enum_declaration . (identifier) (identifier) @name @definition.constant)
(field . (identifier) @name) @definition.field
(source_file (const_declaration . (identifier) @name) @definition.constant)
(source_file (var_declaration . (identifier) @name) @definition.variable)

(call_expression function: (identifier) @name) @reference.call
(type (identifier) @name) @reference.type
