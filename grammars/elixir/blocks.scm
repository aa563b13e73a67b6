[(call (do_block)) (anonymous_function) (stab_clause) (map) (list)] @block
