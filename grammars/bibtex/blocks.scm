(entry) @block
