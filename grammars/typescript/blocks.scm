[
  (statement_block) (class_body) (interface_body) (enum_body) (object_type)
  (switch_body) (object) (array) (template_substitution)
] @block
