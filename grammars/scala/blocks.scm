[
  (block) (template_body) (enum_body) (case_block) (indented_block) (indented_cases)
  (with_template_body)
] @block
