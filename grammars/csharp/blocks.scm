[
  (block) (declaration_list) (enum_member_declaration_list) (accessor_list)
  (switch_body) (initializer_expression)
] @block
