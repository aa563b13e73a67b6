(template_declaration (function_definition declarator: [
  (function_declarator declarator: (qualified_identifier
    scope: [(namespace_identifier) @container (template_type name: (type_identifier) @container)]
    name: [(identifier) (destructor_name) (operator_name)] @name))
  (_ (function_declarator declarator: (qualified_identifier
    scope: [(namespace_identifier) @container (template_type name: (type_identifier) @container)]
    name: [(identifier) (operator_name)] @name)))
])) @definition.method
(template_declaration (function_definition declarator: [
  (function_declarator declarator: [(identifier) (field_identifier) (operator_name)] @name)
  (_ (function_declarator declarator: [(identifier) (field_identifier) (operator_name)] @name))
])) @definition.function
(template_declaration [
  (class_specifier name: (type_identifier) @name body: (_))
  (struct_specifier name: (type_identifier) @name body: (_))
]) @definition.class
(template_declaration (concept_definition name: (identifier) @name)) @definition.interface
(template_declaration (alias_declaration name: (type_identifier) @name)) @definition.type
(class_specifier name: [(type_identifier) (template_type)] @name body: (_)) @definition.class
(struct_specifier name: [(type_identifier) (template_type)] @name body: (_)) @definition.class
(namespace_definition name: (_) @name) @definition.module
(alias_declaration name: (type_identifier) @name) @definition.type
; Outside of its class, a method is written with its class.
(function_definition declarator: [
  (function_declarator declarator: (qualified_identifier
    scope: (_) @container
    name: [(identifier) (destructor_name) (operator_name)] @name))
  (_ (function_declarator declarator: (qualified_identifier
    scope: (_) @container
    name: [(identifier) (operator_name)] @name)))
]) @definition.method
(function_definition declarator: [
  (function_declarator declarator: (qualified_identifier
    name: (qualified_identifier
      scope: (_) @container
      name: [(identifier) (destructor_name) (operator_name)] @name)))
  (_ (function_declarator declarator: (qualified_identifier
    name: (qualified_identifier
      scope: (_) @container
      name: [(identifier) (operator_name)] @name))))
]) @definition.method
(function_definition declarator: [
  (function_declarator declarator: [
    (field_identifier) (destructor_name) (operator_name)
  ] @name)
  (_ (function_declarator declarator: [(field_identifier) (operator_name)] @name))
]) @definition.function
(function_definition declarator: (reference_declarator
  (function_declarator declarator: (identifier) @name))) @definition.function
(field_declaration declarator: [
  (function_declarator declarator: (_) @name)
  (_ (function_declarator declarator: (field_identifier) @name))
]) @definition.method
(field_declaration_list (declaration
  declarator: (function_declarator declarator: (_) @name)) @definition.method)
[
  (declaration_list (declaration
    declarator: (function_declarator declarator: (identifier) @name)) @definition.function)
  (declaration_list (declaration declarator: (_
    (function_declarator declarator: (identifier) @name))) @definition.function)
  (declaration_list (declaration declarator: (init_declarator declarator: [
    (identifier) @name
    (_ declarator: (identifier) @name)
    (_ declarator: (_ declarator: (identifier) @name))
  ])) @definition.variable)
]

(call_expression function: (qualified_identifier name: (identifier) @name)) @reference.call
(call_expression function: (qualified_identifier
  name: (qualified_identifier name: (identifier) @name))) @reference.call
(call_expression function: (template_function name: (identifier) @name)) @reference.call
(call_expression function: (qualified_identifier
  name: (template_function name: (identifier) @name))) @reference.call
(call_expression function: (field_expression
  field: (template_method name: (field_identifier) @name))) @reference.call
