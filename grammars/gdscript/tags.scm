(class_name_statement name: (name) @name) @definition.class
(class_definition name: (name) @name) @definition.class
(function_definition name: (name) @name) @definition.function
(constructor_definition "_init" @name) @definition.method
(signal_statement name: (name) @name) @definition.field
(const_statement name: (name) @name) @definition.constant
(enum_definition name: (name) @name) @definition.enum
(enumerator left: (identifier) @name) @definition.constant
(source (variable_statement name: (name) @name) @definition.variable)
(class_body (variable_statement name: (name) @name) @definition.field)

(call . (identifier) @name) @reference.call
(attribute_call . (identifier) @name) @reference.call
(extends_statement (type (identifier) @name)) @reference.type
(type (identifier) @name) @reference.type
