[
  (block) (declaration_list) (field_declaration_list) (enum_variant_list) (match_block)
  (field_initializer_list) (use_list) (token_tree)
] @block
