(export_statement declaration: [
  (class_declaration name: (_) @name)
  (abstract_class_declaration name: (_) @name)
]) @definition.class
(export_statement declaration: [
  (function_declaration name: (identifier) @name)
  (generator_function_declaration name: (identifier) @name)
  (function_signature name: (identifier) @name)
]) @definition.function
(export_statement declaration: (_ (variable_declarator
  name: (identifier) @name
  value: [(arrow_function) (function_expression) (generator_function)]))) @definition.function
(export_statement declaration: (interface_declaration name: (_) @name)) @definition.interface
(export_statement declaration: (type_alias_declaration name: (_) @name)) @definition.type
(export_statement declaration: (enum_declaration name: (_) @name)) @definition.enum
[
  (class_declaration name: (_) @name)
  (abstract_class_declaration name: (_) @name)
] @definition.class
(interface_declaration name: (_) @name) @definition.interface
(type_alias_declaration name: (_) @name) @definition.type
(enum_declaration name: (_) @name) @definition.enum
[(internal_module name: (_) @name) (module name: (_) @name)] @definition.module
[
  (function_declaration name: (identifier) @name)
  (generator_function_declaration name: (identifier) @name)
  (function_signature name: (identifier) @name)
] @definition.function
[
  (method_definition name: (_) @name)
  (method_signature name: (_) @name)
  (abstract_method_signature name: (_) @name)
] @definition.method
(public_field_definition
  name: (_) @name
  value: [(arrow_function) (function_expression)]) @definition.method
[
  (public_field_definition name: (_) @name)
  (property_signature name: (_) @name)
] @definition.field
(lexical_declaration (variable_declarator
  name: (identifier) @name
  value: [(arrow_function) (function_expression) (generator_function)])) @definition.function
(variable_declaration (variable_declarator
  name: (identifier) @name
  value: [(arrow_function) (function_expression) (generator_function)])) @definition.function
(assignment_expression
  left: [(identifier) @name (member_expression property: (_) @name)]
  right: [(arrow_function) (function_expression) (generator_function)]) @definition.function
(pair key: (_) @name value: [(arrow_function) (function_expression)]) @definition.method
(program (lexical_declaration (variable_declarator name: (identifier) @name)) @definition.constant)
(program (variable_declaration (variable_declarator name: (identifier) @name)) @definition.variable)
(export_statement declaration: (lexical_declaration
  (variable_declarator name: (identifier) @name))) @definition.constant

(call_expression function: (identifier) @name) @reference.call
(call_expression function: (member_expression property: (_) @name)) @reference.call
(new_expression constructor: (identifier) @name) @reference.type
(class_heritage (extends_clause value: (identifier) @name)) @reference.type
(type_identifier) @name @reference.type
