(named_module name: (long_identifier) @name) @definition.module
(namespace name: (long_identifier) @name) @definition.module
(module_defn (identifier) @name) @definition.module
(declaration_expression (function_or_value_defn
  (function_declaration_left . (_) @name))) @definition.function
(function_or_value_defn (function_declaration_left . (_) @name)) @definition.function
(named_module (declaration_expression (function_or_value_defn (value_declaration_left
  (identifier_pattern (long_identifier_or_op (identifier) @name))))) @definition.variable)
(module_defn (declaration_expression (function_or_value_defn (value_declaration_left
  (identifier_pattern (long_identifier_or_op (identifier) @name))))) @definition.variable)
(file (declaration_expression (function_or_value_defn (value_declaration_left
  (identifier_pattern (long_identifier_or_op (identifier) @name))))) @definition.variable)
(type_definition (union_type_defn (type_name type_name: (_) @name))) @definition.type
(type_definition (record_type_defn (type_name type_name: (_) @name))) @definition.type
(type_definition (enum_type_defn (type_name type_name: (_) @name))) @definition.enum
(type_definition (type_abbrev_defn (type_name type_name: (_) @name))) @definition.type
(type_definition (delegate_type_defn (type_name type_name: (_) @name))) @definition.type
(type_definition (_ (type_name type_name: (_) @name))) @definition.class
(union_type_case . (identifier) @name) @definition.constant
(enum_type_case . (identifier) @name) @definition.constant
(record_field . (identifier) @name) @definition.field
(member_defn (method_or_prop_defn name: (property_or_ident method: (identifier) @name))) @definition.method
(member_defn (method_or_prop_defn name: (property_or_ident . (identifier) @name .))) @definition.method
(member_defn (member_signature . (identifier) @name)) @definition.method

(application_expression . (long_identifier_or_op (identifier) @name)) @reference.call
(application_expression . (long_identifier_or_op (long_identifier (identifier) @name .))) @reference.call
(application_expression . (dot_expression field: (long_identifier_or_op (identifier) @name))) @reference.call
(infix_expression (infix_op) . (long_identifier_or_op (identifier) @name)) @reference.value
(infix_expression (infix_op) . (long_identifier_or_op (long_identifier (identifier) @name .))) @reference.value
(simple_type (long_identifier (identifier) @name .)) @reference.type
