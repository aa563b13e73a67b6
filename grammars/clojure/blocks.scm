[(list_lit) (vec_lit) (map_lit) (set_lit)] @block
