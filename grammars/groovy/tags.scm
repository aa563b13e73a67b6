(class_declaration name: (identifier) @name) @definition.class
(interface_declaration name: (identifier) @name) @definition.interface
(enum_declaration name: (identifier) @name) @definition.enum
(enum_constant name: (identifier) @name) @definition.constant
(trait_declaration name: (identifier) @name) @definition.class
(class_body (method_declaration name: (_) @name) @definition.method)
(method_declaration name: (_) @name) @definition.function
(constructor_declaration name: (identifier) @name) @definition.method
(field_declaration (variable_declarator name: (identifier) @name)) @definition.field

(method_invocation function: (identifier) @name) @reference.call
(method_invocation function: (field_access field: (identifier) @name)) @reference.call
(object_creation_expression type: (type_identifier) @name) @reference.type
(type_identifier) @name @reference.type
