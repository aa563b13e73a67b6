(function_declaration name: (identifier) @name) @definition.function
(struct_declaration name: (identifier) @name) @definition.class
(struct_member (variable_identifier_declaration name: (identifier) @name)) @definition.field
(global_variable_declaration (variable_declaration
  (variable_identifier_declaration name: (identifier) @name))) @definition.variable
(type_alias_declaration (identifier) @name) @definition.type

(type_constructor_or_function_call_expression
  (type_declaration (identifier) @name)) @reference.call
(type_declaration (identifier) @name) @reference.type
