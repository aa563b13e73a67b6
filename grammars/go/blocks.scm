[
  (block) (field_declaration_list) (interface_type) (literal_value)
  (expression_switch_statement) (type_switch_statement) (select_statement)
  (import_spec_list) (const_declaration) (var_spec_list)
] @block
