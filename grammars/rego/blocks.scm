[(rule) (object) (array) (set)] @block
