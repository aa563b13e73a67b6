(function_declaration name: (identifier) @name) @definition.function
(method_declaration
  receiver: (parameter_list (parameter_declaration type: [
    (type_identifier) @container
    (pointer_type (type_identifier) @container)
    (generic_type type: (type_identifier) @container)
    (pointer_type (generic_type type: (type_identifier) @container))
  ]))
  name: (field_identifier) @name) @definition.method
; Of a group in parentheses each type is a definition of its own.
(type_declaration "(" (type_spec name: (_) @name type: (interface_type)) @definition.interface)
(type_declaration "(" (type_spec name: (_) @name type: (struct_type)) @definition.class)
(type_declaration "(" (type_spec name: (_) @name) @definition.type)
(type_declaration "(" (type_alias name: (_) @name) @definition.type)
(type_declaration (type_spec name: (_) @name type: (interface_type))) @definition.interface
(type_declaration (type_spec name: (_) @name type: (struct_type))) @definition.class
(type_declaration (type_spec name: (_) @name)) @definition.type
(type_declaration (type_alias name: (_) @name)) @definition.type
(method_elem name: (field_identifier) @name) @definition.method
(field_declaration name: (field_identifier) @name) @definition.field
(source_file (const_declaration (const_spec (identifier) @name) @definition.constant))
(source_file (var_declaration (var_spec (identifier) @name) @definition.variable))
(source_file (var_declaration (var_spec_list
  (var_spec (identifier) @name) @definition.variable)))

(call_expression function: (identifier) @name) @reference.call
(call_expression function: (selector_expression field: (_) @name)) @reference.call
(type_identifier) @name @reference.type
