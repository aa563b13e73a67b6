[
  (compound_statement) (declaration_list) (enum_declaration_list) (switch_block) (match_block)
  (array_creation_expression)
] @block
