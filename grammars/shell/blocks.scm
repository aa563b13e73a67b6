[
  (function_definition) (if_statement) (elif_clause) (else_clause)
  (for_statement) (c_style_for_statement) (while_statement)
  (case_statement) (case_item) (compound_statement) (subshell) (command_substitution)
] @block
