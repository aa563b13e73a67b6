(apply_expression
  function: (variable_expression name: (identifier) @_import)
  argument: (_) @path
  (#any-of? @_import "import" "callPackage")) @import
