[
  (function_def) (macro_def) (if_condition) (foreach_loop) (while_loop) (block_def)
  (normal_command)
] @block
