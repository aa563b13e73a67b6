(module (module_statement (name) @name)) @definition.module
(submodule (submodule_statement (name) @name)) @definition.module
(program (program_statement (name) @name)) @definition.module
(function (function_statement name: (name) @name)) @definition.function
(subroutine (subroutine_statement name: (name) @name)) @definition.function
(module_procedure (module_procedure_statement name: (name) @name)) @definition.function
(interface (interface_statement (name) @name)) @definition.interface
(derived_type_definition (derived_type_statement (type_name) @name)) @definition.class
(derived_type_procedures (procedure_statement declarator: (method_name) @name) @definition.method)
(derived_type_definition (variable_declaration declarator: (identifier) @name) @definition.field)
(variable_declaration
  attribute: (type_qualifier) @_qualifier
  declarator: (init_declarator left: (identifier) @name)
  (#match? @_qualifier "^[Pp][Aa][Rr][Aa][Mm]")) @definition.constant

(subroutine_call subroutine: (identifier) @name) @reference.call
(subroutine_call subroutine: (derived_type_member_expression (type_member) @name)) @reference.call
(call_expression (identifier) @name) @reference.call
(call_expression (derived_type_member_expression (type_member) @name)) @reference.call
(derived_type name: (type_name) @name) @reference.type
