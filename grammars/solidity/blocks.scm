[(contract_body) (struct_body) (enum_body) (function_body) (block_statement)] @block
