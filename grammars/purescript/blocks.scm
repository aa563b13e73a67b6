[
  (function) (class_declaration) (class_instance) (data) (newtype) (exp_case) (exp_do)
  (exp_let_in) (exp_if) (exp_lambda)
] @block
