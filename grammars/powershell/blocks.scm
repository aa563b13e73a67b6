[
  (script_block_expression) (statement_block) (class_statement) (enum_statement)
  (function_statement) (class_method_definition) (hash_literal_expression) (switch_body)
] @block
