[
  (function_definition) (if_statement) (elseif_statement) (else_statement) (for_loop)
  (while_loop) (try_statement) (catch_statement) (dictionnary) (list)
] @block
