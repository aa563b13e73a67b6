[(rule) (define_directive) (conditional)] @block
