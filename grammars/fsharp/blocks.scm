[
  (function_or_value_defn) (type_definition) (member_defn) (module_defn)
  (if_expression) (match_expression) (rule) (for_expression) (while_expression) (try_expression)
  (fun_expression) (ce_expression)
] @block
