[(section) (fenced_code_block) (list) (block_quote) (pipe_table)] @block
