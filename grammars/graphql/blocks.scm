[
  (fields_definition) (input_fields_definition) (enum_values_definition) (selection_set)
  (arguments_definition)
] @block
