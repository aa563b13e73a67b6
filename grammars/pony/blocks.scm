[
  (class_definition) (actor_definition) (interface_definition) (trait_definition) (method)
  (behavior) (constructor) (if_statement) (for_statement) (while_statement) (match_statement)
  (try_statement)
] @block
