(function_statement (function_name) @name) @definition.function
(class_statement . (simple_name) @name) @definition.class
(enum_statement . (simple_name) @name) @definition.enum
(enum_member . (simple_name) @name) @definition.constant
(class_method_definition (simple_name) @name) @definition.method
(class_property_definition (variable) @name) @definition.field
(program (statement_list (pipeline (assignment_expression
  (left_assignment_expression) @name) @definition.variable))
  (#match? @name "^\\$[A-Za-z_:]+$"))

(command command_name: (command_name) @name) @reference.call
(invokation_expression (member_name (simple_name) @name)) @reference.call
(class_statement . (simple_name) . (simple_name) @name) @reference.type
(type_identifier) @name @reference.type
