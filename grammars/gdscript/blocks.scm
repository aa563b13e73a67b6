[
  (function_definition) (class_definition) (if_statement) (elif_clause) (else_clause)
  (for_statement) (while_statement) (match_statement) (pattern_section) (enum_definition)
] @block
