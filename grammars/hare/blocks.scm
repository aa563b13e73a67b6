[(block) (struct_type) (match_expression) (switch_expression)] @block
