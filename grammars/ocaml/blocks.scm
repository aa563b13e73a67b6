[
  (value_definition) (module_definition) (type_definition) (class_definition) (method_definition)
  (match_expression) (match_case) (if_expression) (let_expression) (function_expression)
  (fun_expression) (for_expression) (while_expression) (try_expression)
] @block
