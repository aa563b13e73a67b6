[
  (function_body) (class_body) (enum_class_body) (protocol_body) (lambda_literal)
  (if_statement) (guard_statement) (for_statement) (while_statement) (repeat_while_statement)
  (switch_statement) (do_statement) (catch_block) (computed_property)
] @block
