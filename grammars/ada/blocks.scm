[
  (package_body) (package_declaration) (subprogram_body) (if_statement) (loop_statement)
  (case_statement_alternative) (block_statement) (record_definition)
] @block
