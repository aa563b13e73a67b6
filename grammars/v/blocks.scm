[
  (block) (struct_field_declaration_list) (enum_member_declaration_list) (interface_spec_list)
  (match_expression)
] @block
