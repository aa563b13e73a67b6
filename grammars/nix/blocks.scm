[
  (attrset_expression) (rec_attrset_expression) (let_expression) (list_expression)
] @block
