[(element)] @block
