[(list) (fn) (lambda) (let) (sequential_table) (table)] @block
