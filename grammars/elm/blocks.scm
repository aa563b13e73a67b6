[
  (value_declaration) (type_declaration) (type_alias_declaration) (case_of_expr) (case_of_branch)
  (let_in_expr) (if_else_expr) (record_expr) (list_expr)
] @block
