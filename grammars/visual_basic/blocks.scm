[
  (namespace_block) (class_block) (module_block) (structure_block) (interface_block) (enum_block)
  (method_declaration) (constructor_declaration) (property_declaration)
  (if_statement) (for_statement) (for_each_statement) (while_statement) (do_statement)
  (select_case_statement) (try_statement) (with_statement)
] @block
