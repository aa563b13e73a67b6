(class_declaration "interface" (type_identifier) @name) @definition.interface
(class_declaration (type_identifier) @name (enum_class_body)) @definition.enum
(class_declaration (type_identifier) @name) @definition.class
(object_declaration (type_identifier) @name) @definition.class
(companion_object (type_identifier) @name) @definition.class
(type_alias (type_identifier) @name) @definition.type
(enum_entry (simple_identifier) @name) @definition.constant
(function_declaration (simple_identifier) @name) @definition.function
(source_file (property_declaration
  (modifiers (property_modifier) @_modifier)
  (variable_declaration (simple_identifier) @name)
  (#eq? @_modifier "const")) @definition.constant)
(source_file (property_declaration
  (variable_declaration (simple_identifier) @name)) @definition.variable)
(class_body (property_declaration
  (variable_declaration (simple_identifier) @name)) @definition.field)
(class_parameter (binding_pattern_kind) (simple_identifier) @name) @definition.field

(call_expression . (simple_identifier) @name) @reference.call
(call_expression . (navigation_expression
  (navigation_suffix (simple_identifier) @name))) @reference.call
(infix_expression (_) . (simple_identifier) @name . (_)) @reference.call
(user_type (type_identifier) @name) @reference.type
