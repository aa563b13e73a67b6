[
  (function) (bind) (class) (instance) (data_type) (newtype) (local_binds)
  (do) (case) (let_in) (conditional)
] @block
