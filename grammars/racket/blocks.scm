[(list) (vector)] @block
