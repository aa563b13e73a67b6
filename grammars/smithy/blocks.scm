[(shape_members) (enum_members) (node_object) (operation_body) (node_array)] @block
