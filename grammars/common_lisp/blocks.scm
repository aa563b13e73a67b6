(list_lit) @block
