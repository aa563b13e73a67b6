(type_declaration name: (upper_case_identifier) @name) @definition.type
(type_alias_declaration name: (upper_case_identifier) @name) @definition.type
(union_variant name: (upper_case_identifier) @name) @definition.constant
(field_type name: (lower_case_identifier) @name) @definition.field
(port_annotation name: (lower_case_identifier) @name) @definition.function
; An annotation and the value under it are one function.
(type_annotation name: (lower_case_identifier) @name) @definition.function @clause
(value_declaration functionDeclarationLeft: (function_declaration_left
  . (lower_case_identifier) @name)) @definition.function @clause

(function_call_expr target: (value_expr name: (value_qid (lower_case_identifier) @name .))) @reference.call
(function_call_expr target: (value_expr name: (upper_case_qid
  (upper_case_identifier) @name .))) @reference.call
(type_ref (upper_case_qid (upper_case_identifier) @name .)) @reference.type
