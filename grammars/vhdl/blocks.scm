[
  (entity_declaration) (architecture_body) (package_declaration) (package_body)
  (process_statement) (function_body) (procedure_body) (if_statement) (case_statement)
  (loop_statement)
] @block
