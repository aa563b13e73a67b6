[
  (function_body) (class_body) (enum_class_body) (control_structure_body) (lambda_literal)
  (when_expression) (getter) (setter) (anonymous_initializer)
] @block
