[
  (block) (class_body) (enum_body) (extension_body) (switch_block)
  (list_literal) (set_or_map_literal)
] @block
