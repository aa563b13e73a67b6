[
  (fun_decl) (case_expr) (if_expr) (receive_expr) (try_expr) (anonymous_fun) (block_expr)
  (cr_clause) (list) (tuple)
] @block
