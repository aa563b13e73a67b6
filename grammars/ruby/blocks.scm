[
  (class) (module) (method) (singleton_method) (singleton_class)
  (if) (unless) (elsif) (else) (while) (until) (for) (case) (when) (in_clause)
  (begin) (rescue) (ensure) (do_block) (block) (hash) (array)
] @block
