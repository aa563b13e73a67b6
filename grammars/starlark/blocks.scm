[
  (function_definition) (if_statement) (elif_clause) (else_clause) (for_statement)
  (dictionary) (list)
] @block
