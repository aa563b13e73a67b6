; A signature and the body after it are siblings.
(class_definition name: (identifier) @name) @definition.class
(mixin_declaration (identifier) @name) @definition.class
(extension_declaration name: (identifier) @name) @definition.class
(enum_declaration name: (identifier) @name) @definition.enum
(enum_constant name: (identifier) @name) @definition.constant
(type_alias . (type_identifier) @name) @definition.type
((method_signature (_ name: (identifier) @name)) @definition.method
  . [(comment) (documentation_comment)]* . (function_body) @definition.method)
((function_signature name: (identifier) @name) @definition.function
  . [(comment) (documentation_comment)]* . (function_body) @definition.function)
((getter_signature name: (identifier) @name) @definition.function
  . [(comment) (documentation_comment)]* . (function_body) @definition.function)
(local_function_declaration (lambda_expression
  parameters: (function_signature name: (identifier) @name))) @definition.function
(declaration (function_signature name: (identifier) @name)) @definition.method
(declaration (getter_signature name: (identifier) @name)) @definition.method
(declaration (constructor_signature
  name: "." . name: (identifier) @name)) @definition.method
(declaration (constructor_signature
  . name: (identifier) @name . parameters: (_))) @definition.method
(declaration (initialized_identifier_list (initialized_identifier . (identifier) @name))) @definition.field
(declaration (static_final_declaration_list
  (static_final_declaration . (identifier) @name))) @definition.field
(program (static_final_declaration_list
  (static_final_declaration . (identifier) @name) @definition.constant))

((identifier) @name . (selector (argument_part))) @reference.call
((selector (unconditional_assignable_selector (identifier) @name))
  . (selector (argument_part))) @reference.call
((selector (conditional_assignable_selector (identifier) @name))
  . (selector (argument_part))) @reference.call
(annotation name: (identifier) @name) @reference.call
(type_identifier) @name @reference.type
