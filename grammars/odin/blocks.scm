[(block) (struct_declaration) (enum_declaration) (struct) (switch_statement)] @block
