[(compound_statement) (struct_declaration) (switch_statement)] @block
