(protocol_declaration name: (type_identifier) @name) @definition.interface
(class_declaration declaration_kind: "enum" name: (_) @name) @definition.enum
(class_declaration declaration_kind: "extension" name: (user_type (type_identifier) @name)) @definition.class
(class_declaration name: (type_identifier) @name) @definition.class
(enum_entry name: (simple_identifier) @name) @definition.constant
(function_declaration name: (simple_identifier) @name) @definition.function
(protocol_function_declaration name: (simple_identifier) @name) @definition.method
(init_declaration "init" @name) @definition.method
(deinit_declaration "deinit" @name) @definition.method
(subscript_declaration "subscript" @name) @definition.method
(typealias_declaration name: (type_identifier) @name) @definition.type
(associatedtype_declaration name: (type_identifier) @name) @definition.type
(protocol_property_declaration name: (pattern bound_identifier: (simple_identifier) @name)) @definition.field
(source_file (property_declaration
  name: (pattern bound_identifier: (simple_identifier) @name)) @definition.constant)
(class_body (property_declaration
  name: (pattern bound_identifier: (simple_identifier) @name)) @definition.field)

(call_expression . (simple_identifier) @name) @reference.call
(call_expression . (navigation_expression
  suffix: (navigation_suffix suffix: (simple_identifier) @name))) @reference.call
(macro_invocation (simple_identifier) @name) @reference.macro
(user_type (type_identifier) @name) @reference.type
