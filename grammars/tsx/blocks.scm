[(jsx_element) (jsx_expression)] @block
