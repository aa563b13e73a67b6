(section) @block
