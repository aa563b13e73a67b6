[
  (element) (script_element) (style_element) (if_statement) (each_statement) (await_statement)
] @block
