(function_declaration
  receiver: (parameter_list (parameter_declaration type: [
    (type_identifier) @container
    (pointer_type (type_identifier) @container)
  ]))
  name: (_) @name) @definition.method
(function_declaration name: (_) @name) @definition.function
(struct_declaration name: (type_identifier) @name) @definition.class
(struct_field_declaration name: (field_identifier) @name) @definition.field
(enum_declaration name: (type_identifier) @name) @definition.enum
(enum_member name: (identifier) @name) @definition.constant
(interface_declaration name: (type_identifier) @name) @definition.interface
(interface_spec name: (field_identifier) @name) @definition.method
(type_declaration name: (type_identifier) @name) @definition.type
(const_spec name: (identifier) @name) @definition.constant

(call_expression function: (identifier) @name) @reference.call
(call_expression function: (selector_expression field: (identifier) @name)) @reference.call
(type_identifier) @name @reference.type
