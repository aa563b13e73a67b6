[
  (module_definition) (function_definition) (macro_definition) (struct_definition)
  (if_statement) (elseif_clause) (else_clause) (for_statement) (while_statement)
  (try_statement) (catch_clause) (let_statement) (compound_statement) (do_clause)
] @block
