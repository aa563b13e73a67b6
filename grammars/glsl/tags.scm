(declaration [
  "uniform" "in" "out" "varying" "attribute"
] declarator: (identifier) @name) @definition.variable
