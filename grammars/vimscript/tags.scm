(function_definition (function_declaration name: (_) @name)) @definition.function
(script_file (let_statement . [(identifier) (scoped_identifier)] @name) @definition.variable)
(command_statement name: (command_name) @name) @definition.macro

(call_expression function: [(identifier) (scoped_identifier)] @name) @reference.call
(call_expression function: (field_expression field: (identifier) @name)) @reference.call
