(package_body name: (_) @name) @definition.module
(package_declaration name: (_) @name) @definition.module
(subprogram_body [
  (function_specification name: (_) @name)
  (procedure_specification name: (_) @name)
]) @definition.function
(subprogram_declaration [
  (function_specification name: (_) @name)
  (procedure_specification name: (_) @name)
]) @definition.function
(expression_function_declaration (function_specification name: (_) @name)) @definition.function
(full_type_declaration (identifier) @name (enumeration_type_definition)) @definition.enum
(full_type_declaration (identifier) @name (record_type_definition)) @definition.class
(full_type_declaration . (identifier) @name) @definition.type
(private_type_declaration . (identifier) @name) @definition.type
(subtype_declaration . (identifier) @name) @definition.type
(component_declaration . (identifier) @name) @definition.field
(enumeration_type_definition (identifier) @name @definition.constant)
(object_declaration name: (identifier) @name "constant") @definition.constant
(non_empty_declarative_part (object_declaration name: (identifier) @name) @definition.variable)

(procedure_call_statement name: (identifier) @name) @reference.call
(procedure_call_statement name: (selected_component selector_name: (identifier) @name)) @reference.call
(function_call . name: (identifier) @name) @reference.call
(function_call name: (selected_component selector_name: (identifier) @name)) @reference.call
(_ subtype_mark: (identifier) @name) @reference.type
