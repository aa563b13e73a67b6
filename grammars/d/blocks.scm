[(block_statement) (aggregate_body) (enum_declaration)] @block
