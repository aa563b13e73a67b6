[
  (run_instruction) (from_instruction) (env_instruction) (copy_instruction) (cmd_instruction)
  (entrypoint_instruction)
] @block
