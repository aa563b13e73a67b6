(subroutine_declaration_statement name: (bareword) @name) @definition.function
(package_statement name: (package) @name) @definition.module
(use_statement
  module: (package) @_constant
  (list_expression . (autoquoted_bareword) @name)
  (#eq? @_constant "constant")) @definition.constant
(source_file (expression_statement (assignment_expression
  left: (variable_declaration variable: (scalar (varname) @name)))) @definition.variable)

(function_call_expression function: (function) @name) @reference.call
(ambiguous_function_call_expression function: (function) @name) @reference.call
(method_call_expression method: (method) @name) @reference.call
(method_call_expression invocant: (bareword) @name) @reference.type
