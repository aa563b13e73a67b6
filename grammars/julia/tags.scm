(module_definition name: (identifier) @name) @definition.module
; A string before a definition documents it.
((string_literal) @doc . (function_definition (signature (call_expression . [
  (identifier) @name
  (field_expression (identifier) @name .)
]))) @definition.function)
((string_literal) @doc . (function_definition (signature (_ (call_expression . [
  (identifier) @name
  (field_expression (identifier) @name .)
])))) @definition.function)
((string_literal) @doc . (struct_definition (type_head [
  (identifier) @name
  (_ . (identifier) @name)
])) @definition.class)
(function_definition (signature (call_expression . [
  (identifier) @name
  (operator) @name
  (field_expression (identifier) @name .)
]))) @definition.function
(function_definition (signature (_ (call_expression . [
  (identifier) @name
  (field_expression (identifier) @name .)
])))) @definition.function
(function_definition (signature (where_expression (typed_expression (call_expression . [
  (identifier) @name
  (field_expression (identifier) @name .)
]))))) @definition.function
(assignment . (call_expression . [
  (identifier) @name
  (field_expression (identifier) @name .)
])) @definition.function
(assignment . (typed_expression . (call_expression . (identifier) @name))) @definition.function
(assignment . (where_expression . (call_expression . (identifier) @name))) @definition.function
(macro_definition (signature (call_expression . (identifier) @name))) @definition.macro
(struct_definition (type_head [
  (identifier) @name
  (_ . (identifier) @name)
  (_ . (_ . (identifier) @name))
])) @definition.class
(abstract_definition (type_head [
  (identifier) @name
  (_ . (identifier) @name)
])) @definition.type
(primitive_definition (type_head (identifier) @name)) @definition.type
(struct_definition (block (typed_expression . (identifier) @name) @definition.field))
(const_statement (assignment . (identifier) @name)) @definition.constant

(call_expression . (identifier) @name) @reference.call
(call_expression . (field_expression (identifier) @name .)) @reference.call
(broadcast_call_expression . (identifier) @name) @reference.call
(macrocall_expression (macro_identifier (identifier) @name)) @reference.macro
(typed_expression (identifier) @name .) @reference.type
(type_head (binary_expression (operator) (identifier) @name)) @reference.type
