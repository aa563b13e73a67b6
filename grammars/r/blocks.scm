(braced_expression) @block
