[
  (module_declaration) (function_declaration) (task_declaration) (seq_block) (par_block)
  (case_statement) (class_declaration) (interface_declaration)
] @block
