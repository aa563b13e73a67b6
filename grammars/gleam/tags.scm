(function name: (identifier) @name) @definition.function
(constant name: (identifier) @name) @definition.constant
(type_definition (type_name name: (type_identifier) @name)) @definition.type
(type_alias (type_name name: (type_identifier) @name)) @definition.type
(data_constructor name: (constructor_name) @name) @definition.constant
(data_constructor_argument label: (label) @name) @definition.field

(function_call function: (identifier) @name) @reference.call
(function_call function: (field_access field: (label) @name)) @reference.call
(record name: (constructor_name) @name) @reference.call
(type name: (type_identifier) @name) @reference.type
