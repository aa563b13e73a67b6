(function_definition declarator: (function_declarator
  declarator: (identifier) @name)) @definition.function
(function_definition declarator: (pointer_declarator declarator: (function_declarator
  declarator: (identifier) @name))) @definition.function
(function_definition declarator: (pointer_declarator declarator: (pointer_declarator
  declarator: (function_declarator declarator: (identifier) @name)))) @definition.function
(preproc_def name: (identifier) @name) @definition.constant
(preproc_function_def name: (identifier) @name) @definition.macro
(struct_specifier name: (type_identifier) @name body: (_)) @definition.type
(union_specifier name: (type_identifier) @name body: (_)) @definition.type
(enum_specifier name: (type_identifier) @name body: (_)) @definition.enum
(enumerator name: (identifier) @name) @definition.constant
(type_definition declarator: (type_identifier) @name) @definition.type
(type_definition declarator: (pointer_declarator declarator: (type_identifier) @name)) @definition.type
(type_definition declarator: (array_declarator declarator: (type_identifier) @name)) @definition.type
(type_definition declarator: (function_declarator
  declarator: (parenthesized_declarator (pointer_declarator
    declarator: (type_identifier) @name)))) @definition.type
(type_definition declarator: (function_declarator declarator: (type_identifier) @name)) @definition.type
(field_declaration declarator: (field_identifier) @name) @definition.field
(field_declaration declarator: (pointer_declarator declarator: (field_identifier) @name)) @definition.field
(field_declaration declarator: (array_declarator declarator: (field_identifier) @name)) @definition.field

; Declarations outside of functions: at the top, and inside of `#if`.
[
  (translation_unit (declaration
    declarator: (function_declarator declarator: (identifier) @name)) @definition.function)
  (translation_unit (declaration declarator: (pointer_declarator
    declarator: (function_declarator declarator: (identifier) @name))) @definition.function)
  (preproc_ifdef (declaration
    declarator: (function_declarator declarator: (identifier) @name)) @definition.function)
  (preproc_ifdef (declaration declarator: (pointer_declarator
    declarator: (function_declarator declarator: (identifier) @name))) @definition.function)
  (preproc_if (declaration
    declarator: (function_declarator declarator: (identifier) @name)) @definition.function)
]
[
  (translation_unit (declaration
    declarator: [
      (identifier) @name
      (init_declarator declarator: (identifier) @name)
      (init_declarator declarator: (_ declarator: (identifier) @name))
      (init_declarator declarator: (_ declarator: (_ declarator: (identifier) @name)))
      (pointer_declarator declarator: (identifier) @name)
      (array_declarator declarator: (identifier) @name)
    ]) @definition.variable)
  (preproc_ifdef (declaration
    declarator: [
      (identifier) @name
      (init_declarator declarator: (identifier) @name)
      (init_declarator declarator: (_ declarator: (identifier) @name))
      (init_declarator declarator: (_ declarator: (_ declarator: (identifier) @name)))
      (pointer_declarator declarator: (identifier) @name)
      (array_declarator declarator: (identifier) @name)
    ]) @definition.variable)
]

(call_expression function: (identifier) @name) @reference.call
(call_expression function: (field_expression field: (field_identifier) @name)) @reference.call
(type_identifier) @name @reference.type
